//! Files of months are removed after two years.

use std::fs;
use std::io::ErrorKind;

use chrono::Duration;
use daybook_domain::time::Instant;

use super::super::months::Month;
use super::error::{ArchiveError, at};
use super::file;
use super::manifest::Manifest;
use super::{Archive, KEPT_DAYS, RESTORED_DAYS, archived_months};
use crate::database::answer;

impl Archive {
    /// Removes the files of months that were archived over two years ago; which. Their marks stay, so that no rebuild brings
    /// the rows back.
    pub(super) async fn remove_expired(&self, now: Instant) -> Result<Vec<Month>, ArchiveError> {
        let mut removed = Vec::new();
        for known in archived_months(&self.pool).await? {
            let is_over = known.archived_at + Duration::days(KEPT_DAYS) <= now;
            let is_in_use = known.restored_at.is_some_and(|at| now < at + Duration::days(RESTORED_DAYS));
            if known.removed_at.is_some() || !is_over || is_in_use {
                continue;
            }
            let path = Manifest::path(&self.directory, known.month);
            match fs::remove_file(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                done => done.map_err(at(&path))?,
            }
            if self.directory.exists() {
                file::remove_remains(&self.directory, known.month, None)?;
            }
            let note = sqlx::query("UPDATE archived_months SET removed_at = $2 WHERE month = $1");
            answer(note.bind(known.month.first_day()).bind(now).execute(&self.pool)).await?;
            removed.push(known.month);
        }
        Ok(removed)
    }
}
