//! Every call to PostgreSQL has a time-out.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, PgConnection};

/// How long a statement may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

/// How long a connection may take to show that there is still somebody at its other end.
const PULSE: Duration = Duration::from_secs(1);
/// A connection that was in use a moment ago need not show it before it is used again.
const JUST_USED: Duration = Duration::from_millis(100);

/// A pool whose connections are thrown away once their server has fallen silent, as after a failover or behind a firewall that
/// forgets.
///
/// By itself sqlx waits without end for a connection that comes back from a statement that was given up, and it counts as in
/// use meanwhile: a pool of one would never serve anybody again before the kernel gives up, a quarter of an hour later.
pub fn with_pulse(options: PgPoolOptions) -> PgPoolOptions {
    options
        .test_before_acquire(false)
        .before_acquire(|connection, usage| {
            Box::pin(async move { Ok(usage.idle_for < JUST_USED || has_pulse(connection).await) })
        })
        .after_release(|connection, _| Box::pin(async move { Ok(has_pulse(connection).await) }))
}

async fn has_pulse(connection: &mut PgConnection) -> bool {
    matches!(tokio::time::timeout(PULSE, connection.ping()).await, Ok(Ok(())))
}

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
