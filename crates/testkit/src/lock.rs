//! Locks between processes: a file that is locked as long as its holder lives.
//!
//! The kernel releases such a lock when the process ends, however it ends, so no crash leaves one behind.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use crate::error::{Error, Tried as _};

/// How often a waiting process looks again.
const POLL: Duration = Duration::from_millis(10);

/// A held lock; dropping it releases it.
#[derive(Debug)]
pub(crate) struct FileLock(File);

impl FileLock {
    /// Takes the lock for itself if nobody holds it.
    pub(crate) fn try_exclusive(path: &Path) -> Result<Option<Self>, Error> {
        let file = open(path)?;
        locked(file.try_lock(), path).map(|held| held.then_some(Self(file)))
    }

    /// Waits until nobody else holds the lock.
    pub(crate) async fn exclusive(path: &Path, limit: Duration) -> Result<Self, Error> {
        let file = open(path)?;
        wait_for(path, limit, || locked(file.try_lock(), path)).await?;
        Ok(Self(file))
    }

    /// Waits until nobody holds the lock for itself; several may share it.
    pub(crate) async fn shared(path: &Path, limit: Duration) -> Result<Self, Error> {
        let file = open(path)?;
        wait_for(path, limit, || locked(file.try_lock_shared(), path)).await?;
        Ok(Self(file))
    }

    /// Makes a lock file that is locked from the instant at which others can see it.
    pub(crate) fn born_locked(path: &Path) -> Result<Self, Error> {
        let mut unborn = path.as_os_str().to_owned();
        unborn.push(".new");
        let unborn = PathBuf::from(unborn);
        let file = open(&unborn)?;
        locked(file.try_lock(), &unborn)?;
        std::fs::rename(&unborn, path).tried(|| format!("create {}", path.display()))?;
        Ok(Self(file))
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing the file is not enough: a child being started by another thread shares it until it has become its program.
        let _ = self.0.unlock();
    }
}

fn open(path: &Path) -> Result<File, Error> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path).tried(|| format!("open {}", path.display()))
}

fn locked(result: Result<(), TryLockError>, path: &Path) -> Result<bool, Error> {
    match result {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(source)) => Err(source).tried(|| format!("lock {}", path.display())),
    }
}

async fn wait_for(path: &Path, limit: Duration, attempt: impl Fn() -> Result<bool, Error>) -> Result<(), Error> {
    let deadline = Instant::now() + limit;
    while !attempt()? {
        if Instant::now() > deadline {
            return Err(Error::TimedOut { what: format!("waiting for the lock {}", path.display()), limit });
        }
        sleep(POLL).await;
    }
    Ok(())
}
