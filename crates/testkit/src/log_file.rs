//! The log that a server writes, read when it fails.

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
};

use crate::error::{Error, Tried as _};

/// A server's log file, to which each start appends.
#[derive(Debug, Clone)]
pub(crate) struct LogFile {
    path: PathBuf,
}

impl LogFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the log for a server about to be started.
    pub(crate) fn append(&self) -> Result<File, Error> {
        OpenOptions::new().create(true).append(true).open(&self.path).tried(|| format!("open {}", self.path.display()))
    }

    /// Its present length, to be given to [`Self::since`].
    pub(crate) fn mark(&self) -> usize {
        fs::metadata(&self.path).map_or(0, |metadata| usize::try_from(metadata.len()).unwrap_or(0))
    }

    /// What was written after the mark.
    pub(crate) fn since(&self, mark: usize) -> String {
        let bytes = fs::read(&self.path).unwrap_or_default();
        String::from_utf8_lossy(bytes.get(mark..).unwrap_or_default()).into_owned()
    }

    /// The last lines written after the mark, for an error message.
    pub(crate) fn tail(&self, mark: usize) -> String {
        const LINES: usize = 12;
        let text = self.since(mark);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }
}
