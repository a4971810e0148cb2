//! The moment at which the new tables take the place of the old ones.

use std::time::Duration;

use daybook_event_store::{CodecError, KeyError, Place, RecordedEvent};
use sqlx::{Connection, PgConnection};

use super::shape::Shape;
use super::{BATCH, Progress, Rebuild, RebuildError};
use crate::database::within;
use crate::error::ProjectionError;
use crate::partition::PROJECTION_PARTITIONS;
use crate::projection::Projection;

/// How long the swap may take, whatever happens.
const LIMIT: Duration = Duration::from_secs(10);

/// Whether the tables were swapped.
pub(super) enum Swapped {
    /// They were.
    Yes,
    /// Somebody is using the old ones, or the log has run ahead; nothing was changed.
    NotYet,
}

impl<P: Projection, F: FnMut(Progress) + Send> Rebuild<'_, P, F> {
    /// Tries to swap the tables.
    ///
    /// Stops the projection and stalls the feed while it lasts, so it waits for nobody long and does little. Queries that
    /// come meanwhile wait, and then read the new tables.
    pub(super) async fn swap(&mut self, shape: &Shape) -> Result<Swapped, RebuildError> {
        match within(LIMIT, self.try_to_swap(shape)).await {
            Ok(Some(done)) => {
                self.done = done;
                (self.progress)(done);
                Ok(Swapped::Yes)
            }
            Ok(None) => Ok(Swapped::NotYet),
            Err(error) if in_use(&error) => Ok(Swapped::NotYet),
            Err(error) => Err(error),
        }
    }

    async fn try_to_swap(&mut self, shape: &Shape) -> Result<Option<Progress>, RebuildError> {
        let mut transaction = self.connection.begin().await?;
        sqlx::raw_sql(include_str!("swap_begin.sql")).execute(&mut *transaction).await?;
        // A step of the projection locks its checkpoint first and then the tables; so do we.
        let query = sqlx::query(include_str!("swap_lock_checkpoints.sql")).bind(P::NAME);
        query.bind(i16::from(PROJECTION_PARTITIONS)).execute(&mut *transaction).await?;

        // From here on the checkpoints stand still, and the feed gives all that they have seen. It will not give more than
        // what was appended before this transaction's first write, so this batch is the rest.
        let rest = self.feed.after(self.done.place, BATCH).await?;
        if rest.len() == BATCH as usize {
            return Ok(None);
        }
        self.projection.project(&mut transaction, &rest).await?;
        let done = self.done.after(&rest);

        lock_tables::<P>(&mut transaction).await?;
        if Shape::of::<P>(&mut transaction).await? != *shape {
            return Err(RebuildError::TablesChanged(P::NAME));
        }
        exchange_tables::<P>(&mut transaction).await?;
        move_checkpoints::<P>(&mut transaction, done.place).await?;
        transaction.commit().await?;
        Ok(Some(done))
    }
}

impl Progress {
    /// The progress once these events have been read too.
    pub(super) fn after(self, events: &[RecordedEvent]) -> Self {
        let read = self.events + events.len() as u64;
        Self { events: read, total: self.total.max(read), place: events.last().map_or(self.place, |last| last.place) }
    }
}

/// In the order in which queries name them, so that a query and the swap do not wait for each other.
async fn lock_tables<P: Projection>(connection: &mut PgConnection) -> sqlx::Result<()> {
    let tables: Vec<String> = P::TABLES.iter().map(|table| format!("read_models.{table}")).collect();
    let sql = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables.join(", "));
    sqlx::raw_sql(&sql).execute(connection).await?;
    Ok(())
}

async fn exchange_tables<P: Projection>(connection: &mut PgConnection) -> sqlx::Result<()> {
    let query = sqlx::query_scalar(include_str!("swap_exchange.sql")).bind(P::TABLES);
    let statements: Vec<String> = query.fetch_all(&mut *connection).await?;
    for statement in &statements {
        sqlx::raw_sql(statement).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn move_checkpoints<P: Projection>(connection: &mut PgConnection, place: Place) -> sqlx::Result<()> {
    let query = sqlx::query(include_str!("swap_move_checkpoints.sql"));
    let query = query.bind(P::NAME).bind(place.transaction_id.to_string()).bind(place.position);
    query.execute(connection).await?;
    Ok(())
}

/// Whether a lock could not be had in time, or only against somebody else.
fn in_use(error: &RebuildError) -> bool {
    let code = match error {
        RebuildError::Database(error) | RebuildError::Projection(ProjectionError::Database(error)) => error.sqlstate(),
        // Somebody is being erased.
        RebuildError::Projection(ProjectionError::Codec(CodecError::Key(KeyError::Database(error)))) => {
            error.sqlstate()
        }
        _ => None,
    };
    // lock_not_available, deadlock_detected (PostgreSQL, appendix A).
    code.is_some_and(|code| matches!(code.as_ref(), "55P03" | "40P01"))
}
