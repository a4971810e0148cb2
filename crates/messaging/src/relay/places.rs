//! How far the relay came, kept in PostgreSQL for streams that their retention has emptied.

use std::time::Duration;

use daybook_event_store::Place;
use sqlx::{PgPool, Row};
use tokio::time;

/// How long a statement may take.
const LIMIT: Duration = Duration::from_secs(5);

/// The message of a stream that carries the event at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) place: Place,
    pub(super) sequence: u64,
}

/// PostgreSQL did not say, or did not note, how far the relay came.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlacesError {
    #[error("the database did not answer in time")]
    TimedOut(#[from] time::error::Elapsed),
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("relay_places holds what is no place: {0}")]
    Unreadable(String),
}

/// The saved place of a stream.
pub(super) async fn saved(pool: &PgPool, stream: &str) -> Result<Option<Published>, PlacesError> {
    let query = sqlx::query(
        "SELECT transaction_id::text || '-' || position, stream_sequence FROM relay_places WHERE stream = $1",
    );
    let Some(row) = time::timeout(LIMIT, query.bind(stream).fetch_optional(pool)).await?? else { return Ok(None) };
    let (place, sequence): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
    let place = place.parse().map_err(|_| PlacesError::Unreadable(place))?;
    Ok(Some(Published { place, sequence: sequence.cast_unsigned() }))
}

/// Saves the place of a stream. A stream that was made anew counts from one again, so a lower sequence replaces a higher.
pub(super) async fn save(pool: &PgPool, stream: &str, published: Published) -> Result<(), PlacesError> {
    let query = sqlx::query(
        "INSERT INTO relay_places (stream, transaction_id, position, stream_sequence)
         VALUES ($1, $2::text::xid8, $3, $4)
         ON CONFLICT (stream) DO UPDATE SET
             transaction_id = excluded.transaction_id, position = excluded.position,
             stream_sequence = excluded.stream_sequence, saved_at = excluded.saved_at",
    );
    let query = query
        .bind(stream)
        .bind(published.place.transaction_id.to_string())
        .bind(published.place.position)
        .bind(published.sequence.cast_signed());
    time::timeout(LIMIT, query.execute(pool)).await??;
    Ok(())
}
