//! A file that is whole or not there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A file that is being written under another name. Removed when dropped before it is done.
#[derive(Debug)]
pub(super) struct Unfinished {
    temporary: PathBuf,
    wanted: PathBuf,
    done: bool,
}

impl Unfinished {
    /// Begins to write what will become `wanted`.
    pub(super) fn create(wanted: &Path) -> Result<(Self, File)> {
        let name = wanted.file_name().context("--output must name a file")?.to_string_lossy();
        let temporary = wanted.with_file_name(format!(".{name}.{}.partial", std::process::id()));
        let file = File::create(&temporary).with_context(|| format!("cannot write beside {}", wanted.display()))?;
        Ok((Self { temporary, wanted: wanted.to_owned(), done: false }, file))
    }

    /// Gives it its name, in place of what may have had it before.
    pub(super) fn finish(mut self, file: &File) -> Result<()> {
        let name = || -> std::io::Result<()> {
            file.sync_all()?;
            fs::rename(&self.temporary, &self.wanted)?;
            let folder = self.wanted.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
        };
        name().with_context(|| format!("cannot write {}", self.wanted.display()))?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}
