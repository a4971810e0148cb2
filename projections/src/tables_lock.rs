//! Changing the tables of the bookings read model while the system serves: one at a time, and never in anybody's way for long.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::{PgConnection, PgPool};
use tokio::time::sleep;

use crate::bookings::BookingsProjection;
use crate::database::{DatabaseError, QUERY, within};
use crate::projection::Projection;

/// Begins a transaction's changes of tables. The application's group owns them, so that any of its log-ins can change them
/// again; and whoever waits for a table's exclusive lock keeps all its readers waiting behind, so it does not wait long.
pub(crate) async fn begin_changes(connection: &mut PgConnection) -> sqlx::Result<()> {
    run(connection, "SET LOCAL ROLE daybook_app").await?;
    run(connection, "SET LOCAL lock_timeout = '200ms'").await?;
    // Reading all of a partition is what is wanted here, and nothing of it is planned for later.
    run(connection, "SET LOCAL enable_seqscan = on").await
}

/// Runs a statement that is needed once.
pub(crate) async fn run(connection: &mut PgConnection, sql: &str) -> sqlx::Result<()> {
    sqlx::query(sql).persistent(false).execute(connection).await?;
    Ok(())
}

/// Attempts to get a lock, and the pause between two.
const ATTEMPTS: u32 = 60;
const PAUSE: Duration = Duration::from_millis(250);

/// A connection that keeps rebuilds of the bookings read model out, and others like itself. Closed with this value.
#[derive(Debug)]
pub struct TablesLock(PgConnection);

impl TablesLock {
    /// Takes the lock; none if somebody has it.
    pub async fn take(pool: &PgPool) -> Result<Option<Self>, DatabaseError> {
        within(QUERY, async {
            // Detached: the lock must not come back to the pool.
            let mut connection = pool.acquire().await?.detach();
            Ok(Self::take_on(&mut connection).await?.then_some(Self(connection)))
        })
        .await
    }

    /// Takes the lock for a connection of the caller's own, until it is closed; false if somebody has it.
    pub async fn take_on(connection: &mut PgConnection) -> Result<bool, DatabaseError> {
        let lock = "SELECT pg_try_advisory_lock(hashtextextended('daybook tables ' || $1, 0))";
        Ok(sqlx::query_scalar(lock).bind(BookingsProjection::NAME).fetch_one(connection).await?)
    }

    /// Lets others in. The server would do so when it notices that the connection is closed, which takes it a moment.
    pub async fn release(mut self) {
        let unlocked =
            within(QUERY, async { Ok::<_, DatabaseError>(run(&mut self.0, "SELECT pg_advisory_unlock_all()").await?) })
                .await;
        if let Err(error) = unlocked {
            tracing::debug!(%error, "the lock of the bookings tables goes with its connection");
        }
    }
}

impl Deref for TablesLock {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for TablesLock {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

/// Whether to try once more, after a pause: a lock could not be had in time, or only against somebody else.
pub(crate) async fn again<T>(attempt: u32, done: &Result<T, DatabaseError>) -> bool {
    let Err(error) = done else { return false };
    // lock_not_available, deadlock_detected (PostgreSQL, appendix A).
    let in_use = error.sqlstate().is_some_and(|code| matches!(code.as_ref(), "55P03" | "40P01"));
    if in_use && attempt < ATTEMPTS {
        sleep(PAUSE).await;
    }
    in_use && attempt < ATTEMPTS
}
