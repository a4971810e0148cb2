//! What tests leave on this machine: one directory for each user and workspace, under the system's temporary directory.
//!
//! ```text
//! daybook-testkit-<uid>-<workspace>/
//!   lock, turn  locked while the shared cluster is started, swept or stopped, or a database is made
//!   runs/       a locked file for each test process that lives
//!   postgres/   the shared cluster
//!   own/        servers that a test has for itself
//! ```

mod cluster_lock;
mod run;
pub(crate) mod shared_cluster;
mod sweep;
mod template;

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use nix::unistd::Uid;
use sha2::{Digest as _, Sha256};

pub(crate) use run::Run;

use crate::{
    directory,
    error::{Error, Tried as _},
};

/// The root of everything that tests of this workspace leave on this machine.
pub(crate) fn root() -> Result<PathBuf, Error> {
    let user = Uid::effective();
    let workspace = Sha256::digest(env!("CARGO_MANIFEST_DIR"));
    let short = u32::from_be_bytes([workspace[0], workspace[1], workspace[2], workspace[3]]);
    let root = std::env::temp_dir().join(format!("daybook-testkit-{user}-{short:08x}"));

    // Others may pass through (PostgreSQL's user has to) but see nothing.
    make(&root, 0o711)?;
    let owner = fs::symlink_metadata(&root).tried(|| format!("look at {}", root.display()))?;
    if !owner.is_dir() || owner.uid() != user.as_raw() {
        return Err(io::Error::from(io::ErrorKind::PermissionDenied))
            .tried(|| format!("use {}: it belongs to another user", root.display()));
    }
    make(&root.join("runs"), 0o700)?;
    make(&root.join("own"), 0o711)?;
    Ok(root)
}

fn make(directory: &Path, mode: u32) -> Result<(), Error> {
    let result = match DirBuilder::new().mode(mode).create(directory) {
        // Again, because a strict umask would shut out PostgreSQL's user.
        Ok(()) => fs::set_permissions(directory, Permissions::from_mode(mode)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    };
    result.tried(|| format!("create {}", directory.display()))
}

/// A directory for one test, removed with this value.
///
/// When the test process is killed instead, a later run removes it and ends the servers that were left in it. PostgreSQL's
/// user can reach it.
#[derive(Debug)]
pub struct ScratchDirectory(PathBuf);

impl ScratchDirectory {
    /// Makes an empty directory.
    pub fn make() -> Result<Self, Error> {
        let path = root()?.join("own").join(Run::current()?.unique_name());
        make(&path, 0o711)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for ScratchDirectory {
    fn drop(&mut self) {
        if let Err(error) = directory::remove(&self.0) {
            tracing::warn!(%error, "left for the next run to sweep");
        }
    }
}
