//! Why the archive could not do its work.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use daybook_event_store::KeyError;

use super::super::months::Month;
use crate::database::DatabaseError;
use crate::error::ProjectionError;
use crate::status::StatusError;

/// Something of the archive that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// In which month.
    pub month: Month,
    /// What differs; names no personal data.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.month, self.what)
    }
}

/// Why the archive could not do its work. What was done before stays done, and the same command goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The tables are being changed by somebody else.
    #[error("the bookings read model is being rebuilt, partitioned or archived by somebody else; try again later")]
    Busy,
    /// The read model is far behind the log.
    #[error("the bookings read model is over a day behind the log: {0} events; let it catch up first")]
    Behind(u64),
    /// So recent a month may still change.
    #[error("months cannot be archived before {fewest} days after their end: until then bookings can change")]
    TooSoon {
        /// The fewest days.
        fewest: u32,
    },
    /// There is no file of the month.
    #[error("{directory} has no archive of {month}")]
    NoFile {
        /// Of which month.
        month: Month,
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// A file is not what its manifest says, or differs from the log. Nothing was taken from the read model, or put there.
    #[error("{}", list(.0))]
    Differs(Vec<Difference>),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It was told to stop.
    #[error("stopped; run it again to go on")]
    Stopped,
    /// The log could not be replayed.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// Keys could not be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// How far the read model is could not be told.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// The database failed or was late.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<sqlx::Error> for ArchiveError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Says which file it was.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> ArchiveError {
    let path = path.to_owned();
    move |source| ArchiveError::File { path, source }
}

fn list(differences: &[Difference]) -> String {
    differences.iter().map(Difference::to_string).collect::<Vec<_>>().join("\n")
}
