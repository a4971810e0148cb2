//! The log in commit order, without gaps.

use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_domain::ids::HostId;
use sqlx::postgres::{PgExecutor, PgRow};
use sqlx::{PgPool, Row};
use tokio::time::sleep;

use crate::connection::OwnConnection;
use crate::database::{DatabaseError, within_limit};
use crate::place::Place;
use crate::recorded::RecordedEvent;
use crate::wakeup::Wakeups;

/// How often the log is asked although nothing was heard of.
const POLL: Duration = Duration::from_millis(200);
/// How soon it is asked again while committed events wait for an older transaction to end: at first, then twice as long
/// each time.
const HELD_BACK: Duration = Duration::from_millis(2);

/// Reads the log in commit order (E4). Cloning shares it.
#[derive(Clone, Debug)]
pub struct Feed {
    pool: PgPool,
}

impl Feed {
    /// Reads from this database.
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Up to `limit` events after a place. Every event appears after all that come before it, and never later at an
    /// earlier place.
    pub async fn after(&self, place: Place, limit: u32) -> Result<Vec<RecordedEvent>, DatabaseError> {
        within_limit(after(&self.pool, place, limit)).await
    }

    /// Up to `limit` events of one calendar that [`after`](Self::after) gives after a place, and whose version is later than
    /// the one given.
    pub async fn of_host_after(
        &self,
        host: HostId,
        version: u64,
        place: Place,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, DatabaseError> {
        let query = sqlx::query(include_str!("feed_of_host.sql"))
            .bind(host.to_string())
            .bind(version.cast_signed())
            .bind(place.transaction_id.to_string())
            .bind(place.position)
            .bind(i64::from(limit));
        let rows = within_limit(query.fetch_all(&self.pool)).await?;
        Ok(rows.iter().map(RecordedEvent::from_row).collect::<Result<_, _>>()?)
    }

    /// The place of the last event that [`after`](Self::after) gives; the place before the first one in an empty log. All
    /// that is appended from now on comes after it.
    pub async fn reached(&self) -> Result<Place, DatabaseError> {
        let query = sqlx::query(
            "SELECT e.transaction_id::text, e.position FROM events e
             WHERE e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
             ORDER BY e.transaction_id DESC, e.position DESC LIMIT 1",
        );
        let Some(row) = within_limit(query.fetch_optional(&self.pool)).await? else { return Ok(Place::default()) };
        Ok(place_of(&row)?)
    }

    /// As [`reached`](Self::reached), among the events of one calendar.
    pub async fn reached_by(&self, host: HostId) -> Result<Place, DatabaseError> {
        let query = sqlx::query(
            "SELECT e.transaction_id::text, e.position FROM events e
             WHERE e.aggregate_type = 'calendar' AND e.aggregate_id = $1
                 AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
             ORDER BY e.sequence DESC LIMIT 1",
        );
        let query = query.bind(host.to_string());
        let Some(row) = within_limit(query.fetch_optional(&self.pool)).await? else { return Ok(Place::default()) };
        Ok(place_of(&row)?)
    }

    /// Whether an event stands at this place; one of this host's, if one is named.
    pub async fn has_event_at(&self, place: Place, host: Option<HostId>) -> Result<bool, DatabaseError> {
        let query = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM events WHERE transaction_id = $1::text::xid8 AND position = $2
                 AND ($3::text IS NULL OR aggregate_id = $3))",
        );
        let query = query.bind(place.transaction_id.to_string()).bind(place.position);
        within_limit(query.bind(host.map(|host| host.to_string())).fetch_one(&self.pool)).await
    }

    /// Whether events after a place are committed that [`after`](Self::after) does not give yet, because an older
    /// transaction is still under way.
    pub async fn is_held_back(&self, place: Place) -> Result<bool, DatabaseError> {
        within_limit(is_held_back(&self.pool, place)).await
    }

    /// The place of the last event, and when it was recorded; none in an empty log. For measuring lag: it may be ahead of
    /// what [`after`](Self::after) gives.
    pub async fn end(&self) -> Result<Option<(Place, DateTime<Utc>)>, DatabaseError> {
        let query = sqlx::query(
            "SELECT e.transaction_id::text, e.position, e.recorded_at FROM events e
             ORDER BY e.transaction_id DESC, e.position DESC LIMIT 1",
        );
        let Some(row) = within_limit(query.fetch_optional(&self.pool)).await? else { return Ok(None) };
        Ok(Some((place_of(&row)?, row.try_get(2)?)))
    }

    /// Follows the log from a place on.
    pub fn follow(&self, after: Place, wakeups: Wakeups) -> Follower {
        Follower {
            connection: OwnConnection::beside(&self.pool, "daybook feed"),
            place: after,
            wakeups,
            has_read_all: false,
        }
    }
}

async fn after(executor: impl PgExecutor<'_>, place: Place, limit: u32) -> Result<Vec<RecordedEvent>, sqlx::Error> {
    let query = sqlx::query(include_str!("feed.sql"))
        .bind(place.transaction_id.to_string())
        .bind(place.position)
        .bind(i64::from(limit));
    query.fetch_all(executor).await?.iter().map(RecordedEvent::from_row).collect()
}

async fn is_held_back(executor: impl PgExecutor<'_>, place: Place) -> Result<bool, sqlx::Error> {
    let query = sqlx::query_scalar(include_str!("held_back.sql"));
    query.bind(place.transaction_id.to_string()).bind(place.position).fetch_one(executor).await
}

/// The place in a row that begins with `transaction_id::text, position`.
fn place_of(row: &PgRow) -> Result<Place, sqlx::Error> {
    let transaction_id = row.try_get::<&str, _>(0)?.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Place { transaction_id, position: row.try_get(1)? })
}

/// Follows the log: gives what is there, then waits for more.
#[derive(Debug)]
pub struct Follower {
    connection: OwnConnection,
    place: Place,
    wakeups: Wakeups,
    /// Whether the last page was not full: most likely nothing more is there.
    has_read_all: bool,
}

impl Follower {
    /// The place of the last event that was given.
    pub const fn place(&self) -> Place {
        self.place
    }

    /// The next events, at least one and at most `limit`. Waits until there are any; dropping the future loses nothing.
    pub async fn next(&mut self, limit: u32) -> Result<Vec<RecordedEvent>, DatabaseError> {
        let mut pause = None;
        loop {
            if self.has_read_all {
                if !within_limit(self.is_more()).await? {
                    self.wakeups.wait(POLL).await;
                } else if let Some(pause) = &mut pause {
                    // It was not given a moment ago, so it is held back.
                    sleep(*pause).await;
                    *pause = (*pause * 2).min(POLL);
                }
            }
            let events = within_limit(self.read(limit)).await?;
            self.has_read_all = events.len() < limit as usize;
            if let Some(last) = events.last() {
                self.place = last.place;
                return Ok(events);
            }
            pause.get_or_insert(HELD_BACK);
        }
    }

    async fn read(&mut self, limit: u32) -> Result<Vec<RecordedEvent>, sqlx::Error> {
        let mut connection = self.connection.take().await?;
        let events = after(&mut connection, self.place, limit).await?;
        self.connection.keep(connection);
        Ok(events)
    }

    /// Whether anything stands behind what was read, held back or not.
    async fn is_more(&mut self) -> Result<bool, sqlx::Error> {
        let mut connection = self.connection.take().await?;
        let is_more = is_held_back(&mut connection, self.place).await?;
        self.connection.keep(connection);
        Ok(is_more)
    }
}
