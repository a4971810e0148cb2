//! Events as they stand in the log.

use chrono::{DateTime, Utc};
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::HostId;
use serde_json::value::RawValue;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::metadata::Metadata;
use crate::place::Place;
use crate::upcast::{UnreadableEvent, read_event};

/// An event as it stands in the log. Its payload stays text until somebody asks for the event itself.
#[derive(Clone, Debug)]
pub struct RecordedEvent {
    /// The event's id, unique in the log.
    pub id: Uuid,
    /// Whose calendar it belongs to.
    pub host: HostId,
    /// Its place in the calendar's stream, from 1.
    pub version: u64,
    /// Its place in the whole log.
    pub place: Place,
    /// What happened: `BookingRequested`, …
    pub event_type: String,
    /// The version of the form in which it was written.
    pub event_version: String,
    /// When it was recorded, by the database's clock.
    pub recorded_at: DateTime<Utc>,
    /// The event's fields as they were written; personal data is sealed.
    pub payload: Box<RawValue>,
    /// Who and what caused it.
    pub metadata: Box<RawValue>,
}

impl RecordedEvent {
    /// The event itself, brought up to date if it was written in an older form; personal data is sealed.
    pub fn decode(&self) -> Result<CalendarEvent, UnreadableEvent> {
        read_event(&self.event_type, &self.event_version, self.payload.get())
    }

    /// Who and what caused it. Metadata that somebody else wrote in another form reads as empty.
    pub fn metadata(&self) -> Metadata {
        serde_json::from_str(self.metadata.get()).unwrap_or_default()
    }

    /// What joins it to the request that caused it; empty where its writer has not said. For logs.
    pub fn correlation_id(&self) -> String {
        self.metadata().correlation_id
    }

    /// Reads a row of the columns `event_id, aggregate_id, sequence, event_type, event_version, payload::text,
    /// metadata::text, transaction_id::text, position, recorded_at`.
    pub(crate) fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let raw = |column: usize| {
            let text: String = row.try_get(column)?;
            RawValue::from_string(text).map_err(|error| malformed(column, error))
        };
        Ok(Self {
            id: row.try_get(0)?,
            host: row.try_get::<&str, _>(1)?.parse().map_err(|error| malformed(1, error))?,
            version: row.try_get::<i64, _>(2)?.cast_unsigned(),
            event_type: row.try_get(3)?,
            event_version: row.try_get(4)?,
            payload: raw(5)?,
            metadata: raw(6)?,
            place: Place {
                transaction_id: row.try_get::<&str, _>(7)?.parse().map_err(|error| malformed(7, error))?,
                position: row.try_get(8)?,
            },
            recorded_at: row.try_get(9)?,
        })
    }
}

fn malformed(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_string(), source: Box::new(error) }
}
