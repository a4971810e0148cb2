//! Why a command was not executed.

use daybook_domain::calendar::refusal::Refusal;

use crate::appender::AppendError;
use crate::codec::CodecError;
use crate::keys::KeyError;
use crate::replay::LoadError;

/// Why a command was not executed. It left nothing behind, except perhaps after `Unknown`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError {
    /// The calendar refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Other nodes changed the calendar, or one of several, again and again in the meantime.
    #[error("the calendar keeps changing; try again")]
    Conflict,
    /// Another command carried the same idempotency key.
    #[error("the idempotency key has been used")]
    IdempotencyKeyTaken,
    /// PostgreSQL found the meeting to overlap another one, which the calendar did not know of.
    #[error("the time is held by another booking")]
    TimeTaken,
    /// The database cannot be reached, or there is too much to do.
    #[error("commands cannot be taken at the moment: {0}")]
    Unavailable(String),
    /// The connection broke during the append, and the database did not come back in time to say what became of it.
    #[error("it is unknown whether the command was executed")]
    Unknown,
    /// A fault of this program or of its data, to be logged and looked into.
    #[error("{0}")]
    Faulty(String),
}

impl From<AppendError> for ExecuteError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict | AppendError::AnyConflict => Self::Conflict,
            AppendError::IdempotencyKeyTaken => Self::IdempotencyKeyTaken,
            AppendError::TimeTaken => Self::TimeTaken,
            AppendError::KeyGone => Self::Unavailable(error.to_string()),
            AppendError::Refused { .. } => Self::Faulty(error.to_string()),
            AppendError::Unavailable(why) => Self::Unavailable(why),
            AppendError::Unknown => Self::Unknown,
        }
    }
}

impl From<LoadError> for ExecuteError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Database(error) => Self::Unavailable(error.to_string()),
            LoadError::Unreadable { .. } | LoadError::Missing { .. } => Self::Faulty(error.to_string()),
        }
    }
}

impl From<CodecError> for ExecuteError {
    fn from(error: CodecError) -> Self {
        match error {
            CodecError::Key(KeyError::Database(_) | KeyError::Replaced { .. } | KeyError::Closed) => {
                Self::Unavailable(error.to_string())
            }
            CodecError::Key(_) | CodecError::Damaged { .. } => Self::Faulty(error.to_string()),
        }
    }
}
