//! What happened to one calendar, and what it looked like at any time (E7).

use chrono::{DateTime, Utc};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::ids::{BookingId, HostId};
use sqlx::{PgConnection, PgPool};

use crate::database::{DatabaseError, within_limit};
use crate::recorded::RecordedEvent;
use crate::replay::{self, LATEST, LoadError};

/// In which direction a history is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As it happened.
    #[default]
    OldestFirst,
    /// Backwards from now.
    NewestFirst,
}

/// Which part of a history is wanted. The default is all of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistoryRange<'a> {
    /// Only later versions than this.
    pub after: u64,
    /// Only earlier versions than this.
    pub before: Option<u64>,
    /// Only events of these types.
    pub event_types: Option<&'a [&'a str]>,
    /// Only what this actor did.
    pub actor: Option<&'a str>,
    /// Only what happened to this booking.
    pub booking: Option<BookingId>,
    /// Only what was recorded at or after this.
    pub from: Option<DateTime<Utc>>,
    /// Only what was recorded before this.
    pub to: Option<DateTime<Utc>>,
    /// In which order.
    pub order: Order,
}

/// A moment in a calendar's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// When the calendar had just reached this version.
    Version(u64),
    /// At this instant, by the time events were recorded.
    Instant(DateTime<Utc>),
}

/// Reads the histories of calendars. Cloning shares it.
#[derive(Clone, Debug)]
pub struct History {
    pool: PgPool,
}

impl History {
    /// Reads from this database.
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    pub(crate) const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Up to `limit` events of a calendar.
    pub async fn events(
        &self,
        host: HostId,
        range: HistoryRange<'_>,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, DatabaseError> {
        let query = sqlx::query(match range.order {
            Order::OldestFirst => concat!(include_str!("history.sql"), "ORDER BY sequence LIMIT $9"),
            Order::NewestFirst => concat!(include_str!("history.sql"), "ORDER BY sequence DESC LIMIT $9"),
        });
        let query = query
            .bind(host.to_string())
            .bind(range.after.min(LATEST).cast_signed())
            .bind(range.before.unwrap_or(LATEST).min(LATEST).cast_signed())
            .bind(range.event_types)
            .bind(range.actor)
            .bind(range.booking.map(|booking| booking.to_string()))
            .bind(range.from)
            .bind(range.to)
            .bind(i64::from(limit));
        let rows = within_limit(query.fetch_all(&self.pool)).await?;
        Ok(rows.iter().map(RecordedEvent::from_row).collect::<Result<_, _>>()?)
    }

    /// The calendar as it was. Before its first event that is an empty one, at version 0.
    pub async fn state_as_of(&self, host: HostId, as_of: AsOf) -> Result<HostCalendar, LoadError> {
        let version = match as_of {
            AsOf::Version(version) => version.min(LATEST),
            AsOf::Instant(instant) => self.version_at(host, instant).await?,
        };
        Ok(replay::load(&self.pool, host, version).await?.calendar)
    }

    /// The version a calendar had at an instant.
    pub async fn version_at(&self, host: HostId, instant: DateTime<Utc>) -> Result<u64, DatabaseError> {
        let query = sqlx::query_scalar::<_, i64>(
            "SELECT coalesce(max(sequence), 0) FROM events
             WHERE aggregate_type = 'calendar' AND aggregate_id = $1 AND recorded_at <= $2",
        );
        let query = query.bind(host.to_string()).bind(instant);
        Ok(within_limit(query.fetch_one(&self.pool)).await?.cast_unsigned())
    }
}

/// The events of one booking in one calendar up to a version, in their order, as this connection sees them.
pub async fn events_of_booking(
    connection: &mut PgConnection,
    host: HostId,
    booking: BookingId,
    version: u64,
) -> Result<Vec<RecordedEvent>, DatabaseError> {
    let query = sqlx::query(concat!(include_str!("history.sql"), "ORDER BY sequence"))
        .bind(host.to_string())
        .bind(0_i64)
        .bind(version.min(LATEST).cast_signed().saturating_add(1))
        .bind(None::<Vec<String>>)
        .bind(None::<String>)
        .bind(booking.to_string())
        .bind(None::<DateTime<Utc>>)
        .bind(None::<DateTime<Utc>>);
    let rows = within_limit(query.fetch_all(connection)).await?;
    Ok(rows.iter().map(RecordedEvent::from_row).collect::<Result<_, _>>()?)
}
