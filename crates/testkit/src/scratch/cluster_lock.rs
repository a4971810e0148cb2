//! Who may touch the shared cluster: many who make databases from its template, or one who starts, sweeps or stops it.

use std::{path::Path, time::Duration};

use crate::{error::Error, lock::FileLock};

/// The first process makes a cluster and migrates a template; all others wait for it.
const LIMIT: Duration = Duration::from_mins(3);

/// Waits for everyone else to be done.
pub(crate) async fn alone(root: &Path) -> Result<FileLock, Error> {
    let _turn = turn(root).await?;
    FileLock::exclusive(&root.join("lock"), LIMIT).await
}

/// Waits for whoever wants to be alone.
pub(crate) async fn shared(root: &Path) -> Result<FileLock, Error> {
    let _turn = turn(root).await?;
    FileLock::shared(&root.join("lock"), LIMIT).await
}

/// Held while waiting, so that a stream of those who share cannot keep the one who wants to be alone waiting for ever.
async fn turn(root: &Path) -> Result<FileLock, Error> {
    FileLock::exclusive(&root.join("turn"), LIMIT).await
}
