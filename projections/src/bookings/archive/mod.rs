//! Months of bookings as files: out of the read model after 90 days, kept for two years (O2).
//!
//! A month is a file of JSON lines, a row each, and a manifest that names it with its rows and SHA-256. What is personal is
//! sealed with its person's key, as in the log: erasing somebody reaches the archive too.
//!
//! | Step of [`Archive::run`] | If it breaks off here |
//! |---|---|
//! | the file is written under a name of its own | it is written again, and the remains removed |
//! | it is read back, and held against the log by replay | the same |
//! | the manifest names it | the month is archived; its rows are still in the table, too |
//! | the rows are removed in short batches, each replaced by a mark in `archived_bookings` | the next run goes on |
//! | the empty partition is removed | the same |
//!
//! A row that changes meanwhile stays in the table, and the next run merges it into the file. The projector and rebuilds pass
//! over what an archived row had seen, so they bring none back.

mod check;
mod error;
mod expiry;
mod file;
mod line;
mod manifest;
mod remove;
mod restore;
mod run;
mod verify;

use std::path::PathBuf;

use chrono::NaiveDate;
use daybook_domain::time::Instant;
use daybook_event_store::{Codec, History};
use sqlx::{PgPool, Row};

pub use error::{ArchiveError, Difference};
pub use restore::Restored;
pub use run::{MonthDone, RunReport, Step};
pub use verify::Verified;

use super::months::Month;
use crate::database::{DatabaseError, answer};

/// The fewest days after which a month may be archived: for so long after its end a booking can still change (no-shows), and
/// a day more, by which the read model may be behind the log.
pub const FEWEST_DAYS: u32 = 36;
/// How long files are kept.
pub const KEPT_DAYS: i64 = 2 * 365;
/// How long a month that was restored stays in the read model before a run archives it again.
pub const RESTORED_DAYS: i64 = 30;

/// Rows of one page or batch.
const BATCH: usize = 1_000;

/// The archive in a directory.
#[derive(Clone)]
pub struct Archive {
    pool: PgPool,
    history: History,
    codec: Codec,
    directory: PathBuf,
}

/// A month that was archived, as the database knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedMonth {
    /// Which.
    pub month: Month,
    /// The rows of its file.
    pub rows: u64,
    /// The file's SHA-256.
    pub sha256: String,
    /// When its first file was written.
    pub archived_at: Instant,
    /// When its rows were last brought back.
    pub restored_at: Option<Instant>,
    /// When its file was removed.
    pub removed_at: Option<Instant>,
}

impl Archive {
    /// The archive of this database in a directory.
    pub fn new(pool: PgPool, codec: Codec, directory: PathBuf) -> Self {
        Self { history: History::new(pool.clone()), pool, codec, directory }
    }
}

/// Every month that was archived, in order.
pub async fn archived_months(pool: &PgPool) -> Result<Vec<ArchivedMonth>, DatabaseError> {
    let query = sqlx::query(
        "SELECT month, rows, sha256, archived_at, restored_at, removed_at FROM archived_months ORDER BY month",
    );
    let rows = answer(query.fetch_all(pool)).await?;
    let month = |row: &sqlx::postgres::PgRow| ArchivedMonth {
        month: Month::of_date(row.get::<NaiveDate, _>("month")),
        rows: row.get::<i64, _>("rows").cast_unsigned(),
        sha256: row.get("sha256"),
        archived_at: row.get("archived_at"),
        restored_at: row.get("restored_at"),
        removed_at: row.get("removed_at"),
    };
    Ok(rows.iter().map(month).collect())
}
