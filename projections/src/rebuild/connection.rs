//! The one connection of a rebuild, which holds its lock and sees its tables.

use std::ops::{Deref, DerefMut};

use sqlx::{PgConnection, PgPool};

use super::RebuildError;
use crate::database::{QUERY, within};
use crate::projection::Projection;

/// A connection whose unqualified tables are those being filled, and which keeps other rebuilds of the projection out. Closed
/// with this value, which also ends what it was doing.
pub(super) struct RebuildConnection(PgConnection);

impl RebuildConnection {
    pub(super) async fn open<P: Projection>(pool: &PgPool) -> Result<Self, RebuildError> {
        within(QUERY, async {
            // Detached: its settings and its lock must not come back to the pool.
            let mut connection = pool.acquire().await?.detach();
            let locked = sqlx::query_scalar(include_str!("open.sql")).bind(P::NAME).fetch_one(&mut connection).await?;
            if locked { Ok(Self(connection)) } else { Err(RebuildError::AlreadyRunning(P::NAME)) }
        })
        .await?
        .alone_with_the_tables::<P>()
        .await
    }

    /// Waits until nobody else changes the tables: partitions are made in a moment.
    async fn alone_with_the_tables<P: Projection>(mut self) -> Result<Self, RebuildError> {
        let lock = sqlx::query("SELECT pg_advisory_lock(hashtextextended('daybook tables ' || $1, 0))").bind(P::NAME);
        match tokio::time::timeout(QUERY, lock.execute(&mut self.0)).await {
            Ok(locked) => locked.map(|_| self).map_err(RebuildError::from),
            Err(_) => Err(RebuildError::TablesInUse(P::NAME)),
        }
    }

    /// Lets the next rebuild in. The server would do so when it notices that the connection is closed, which takes it a moment.
    pub(super) async fn unlock(&mut self) {
        let unlock = sqlx::raw_sql("SELECT pg_advisory_unlock_all()");
        if let Err::<_, RebuildError>(error) = within(QUERY, async { Ok(unlock.execute(&mut self.0).await?) }).await {
            tracing::debug!(%error, "the lock of a rebuild goes with its connection");
        }
    }
}

impl Deref for RebuildConnection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for RebuildConnection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}
