//! Every call to PostgreSQL has a time-out.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::{PgPool, Postgres, Transaction};
use tokio::time::timeout;

/// How long a query may take, waiting for a connection included.
pub(crate) const QUERY: Duration = Duration::from_secs(10);
/// How long a batch of events may take.
pub(crate) const BATCH: Duration = Duration::from_secs(30);

/// PostgreSQL did not answer, or not as it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// No answer in time.
    #[error("the database did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The statement failed.
    #[error("the database failed: {0}")]
    Failed(#[from] sqlx::Error),
}

impl DatabaseError {
    /// Whether the same query would fail again: then it is a fault of the program, and no waiting helps.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::TimedOut(_) => false,
            Self::Failed(error) => daybook_event_store::is_lasting(error),
        }
    }

    /// PostgreSQL's code of the error, if it is one of PostgreSQL.
    pub(crate) fn sqlstate(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Failed(error) => error.as_database_error()?.code(),
            Self::TimedOut(_) => None,
        }
    }
}

/// The answer, or an error once it takes longer than `limit`.
pub(crate) async fn within<T, E: From<DatabaseError>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(DatabaseError::TimedOut(limit).into()))
}

/// The answer to a single query, or an error once it takes longer than [`QUERY`].
pub(crate) async fn answer<T>(query: impl Future<Output = sqlx::Result<T>>) -> Result<T, DatabaseError> {
    within(QUERY, async { Ok(query.await?) }).await
}

/// A transaction, begun in a task of its own: given up half-way, sqlx 0.8 would hand the connection back with the transaction
/// open, and whoever got it next would lose what they wrote.
pub(crate) async fn begin(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin().await }).await;
    begun.unwrap_or_else(|lost| Err(sqlx::Error::Io(std::io::Error::other(lost))))
}
