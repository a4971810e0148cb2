//! Every call to PostgreSQL has a time-out.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// How long a statement may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

/// PostgreSQL did not answer, or not as it should.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// No answer in time.
    #[error("the database did not answer within {} s", LIMIT.as_secs())]
    TimedOut,
    /// The statement failed.
    #[error("the database failed: {0}")]
    Failed(Arc<sqlx::Error>),
}

impl DatabaseError {
    /// Whether the same statement would fail again: then it is a fault of the program, and no waiting helps.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::TimedOut => false,
            Self::Failed(error) => is_lasting(error),
        }
    }

    /// PostgreSQL's code of the error, if it is one of PostgreSQL.
    pub fn sqlstate(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Failed(error) => error.as_database_error()?.code(),
            Self::TimedOut => None,
        }
    }
}

/// Whether the same statement would fail again.
pub fn is_lasting(error: &sqlx::Error) -> bool {
    match error {
        // SQLSTATE classes of what passes: connection, transaction state, rollback, resources, object state, operator.
        // PostgreSQL, appendix A.
        sqlx::Error::Database(error) => !error
            .code()
            .is_some_and(|code| ["08", "25", "40", "53", "55", "57"].iter().any(|class| code.starts_with(class))),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => false,
        _ => true,
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(Arc::new(error))
    }
}

/// The answer to a statement, or an error once it takes too long.
pub(crate) async fn within_limit<T>(
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, DatabaseError> {
    Ok(tokio::time::timeout(LIMIT, statement).await.map_err(|_| DatabaseError::TimedOut)??)
}
