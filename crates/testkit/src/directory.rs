//! The directory of one private server: its files, its log, its passwords, and the lock of the process that runs it.

use std::{
    fs::{self, DirBuilder, Permissions},
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, Tried as _},
    lock::FileLock,
    log_file::LogFile,
};

/// A server's directory, ours alone as long as this value lives.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    _lock: FileLock,
}

impl Directory {
    /// Makes the directory if it is missing and locks it.
    pub(crate) fn claim(path: &Path) -> Result<Self, Error> {
        let action = || format!("create {}", path.display());
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).tried(action)?;
        }
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error).tried(action),
            _ => {}
        }
        fs::set_permissions(path, Permissions::from_mode(0o700)).tried(action)?;
        // Servers change their working directory, and their command lines are compared with this path.
        let path = path.canonicalize().tried(action)?;
        let lock = FileLock::try_exclusive(&path.join("lock"))?;
        let lock = lock.ok_or_else(|| Error::DirectoryInUse { directory: path.clone() })?;
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn log(&self) -> LogFile {
        LogFile::new(self.join("server.log"))
    }
}

/// Removes a directory that may not be there.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).tried(|| format!("remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
