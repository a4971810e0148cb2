//! How far a projection has read the log, and waiting until it has read far enough.

use std::time::Duration;

use daybook_domain::ids::HostId;
use daybook_event_store::Place;
use sqlx::postgres::{PgExecutor, PgRow};
use sqlx::{PgConnection, PgPool, Row};
use tokio::time::{Instant, sleep, timeout_at};

use crate::database::{DatabaseError, answer};
use crate::partition::ProjectionPartition;

/// The pauses between two looks at a checkpoint: the first, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(10));

/// The place of the last event that a partition of a projection has handled. Before its first step that is the beginning.
pub async fn read(
    executor: impl PgExecutor<'_>,
    projection: &str,
    partition: ProjectionPartition,
) -> Result<Place, DatabaseError> {
    let query = sqlx::query(include_str!("read.sql")).bind(projection).bind(i16::from(partition.number()));
    let row = answer(query.fetch_optional(executor)).await?;
    Ok(row.as_ref().map(place).transpose()?.unwrap_or_default())
}

/// The place of the last event of this host that a projection may have handled: it has handled all up to there.
pub async fn place_of(pool: &PgPool, projection: &str, host: HostId) -> Result<Place, DatabaseError> {
    read(pool, projection, ProjectionPartition::of(host)).await
}

/// Waits until a projection shows what an event of this host at `place` did; false if it does not by the deadline.
///
/// Gives those who have just written a chance to read it (V8): cheap, since it is a look at one small row every few
/// milliseconds, and mostly true at once.
pub async fn caught_up(
    pool: &PgPool,
    projection: &str,
    host: HostId,
    place: Place,
    deadline: Instant,
) -> Result<bool, DatabaseError> {
    let (mut pause, longest) = PAUSE;
    loop {
        let Ok(reached) = timeout_at(deadline, place_of(pool, projection, host)).await else { return Ok(false) };
        if reached? >= place {
            return Ok(true);
        }
        if Instant::now() + pause > deadline {
            return Ok(false);
        }
        sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

/// Moves a checkpoint within the caller's transaction, and points the search path at the live read models for the rest of
/// it. False if the checkpoint is not at `from`: then nothing happened.
///
/// Waits for a transaction that is moving the same checkpoint. To be called before anything else is written.
pub async fn advance(
    connection: &mut PgConnection,
    projection: &str,
    partition: ProjectionPartition,
    from: Place,
    to: Place,
) -> sqlx::Result<bool> {
    let query = sqlx::query(include_str!("advance.sql"))
        .bind(projection)
        .bind(i16::from(partition.number()))
        .bind(from.transaction_id.to_string())
        .bind(from.position)
        .bind(to.transaction_id.to_string())
        .bind(to.position);
    Ok(query.fetch_optional(connection).await?.is_some())
}

/// Reads the columns `transaction_id::text` and `position`.
pub(crate) fn place(row: &PgRow) -> sqlx::Result<Place> {
    let transaction_id: &str = row.try_get("transaction_id")?;
    let transaction_id = transaction_id.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Place { transaction_id, position: row.try_get("position")? })
}
