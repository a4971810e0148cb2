//! Events, in a log in memory or in PostgreSQL.

use std::collections::HashMap;

use chrono::DateTime;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::HostId;
use daybook_event_store::{Feed, Place, RecordedEvent};
use daybook_testkit::TestDatabase;
use serde_json::value::RawValue;
use sqlx::PgPool;
use uuid::Uuid;

use super::until;

/// A log in memory: each event in a transaction of its own.
#[derive(Default)]
pub(crate) struct MemoryLog {
    pub(crate) events: Vec<RecordedEvent>,
    versions: HashMap<HostId, u64>,
}

impl MemoryLog {
    /// A log in which these things happened to these hosts.
    pub(crate) fn of(events: impl IntoIterator<Item = (HostId, CalendarEvent)>) -> Self {
        let mut log = Self::default();
        events.into_iter().for_each(|(host, event)| log.append(host, &event));
        log
    }

    pub(crate) fn append(&mut self, host: HostId, event: &CalendarEvent) {
        let version = self.versions.entry(host).or_default();
        *version += 1;
        let position = self.events.len() as u64 + 1;
        self.events.push(RecordedEvent {
            id: Uuid::now_v7(),
            host,
            version: *version,
            place: Place { transaction_id: 1_000 + position, position: position.cast_signed() },
            event_type: event.event_type().to_owned(),
            event_version: event.event_version().to_owned(),
            recorded_at: DateTime::UNIX_EPOCH,
            payload: RawValue::from_string(serde_json::to_string(event).unwrap()).unwrap(),
            metadata: RawValue::from_string("{}".to_owned()).unwrap(),
        });
    }
}

/// A log in a database of its own, written to with plain SQL as the application's role.
pub(crate) struct Log {
    pub(crate) pool: PgPool,
    pub(crate) feed: Feed,
    pub(crate) database: TestDatabase,
}

impl Log {
    pub(crate) async fn create() -> Self {
        let database = TestDatabase::create().await.unwrap();
        let pool = database.pool();
        Self { feed: Feed::new(pool.clone()), pool, database }
    }

    /// Appends events to a calendar, the first at this version, and says where the last one stands.
    pub(crate) async fn append(&self, host: HostId, first: u64, events: &[CalendarEvent]) -> Place {
        let place: String = sqlx::query_scalar(
            "WITH appended AS (
                INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
                SELECT 'calendar', $1, $2 + ordinality - 1, type, '1', payload::json, '{}'
                FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS e (type, payload, ordinality)
                ORDER BY ordinality
                RETURNING transaction_id, position)
             SELECT transaction_id::text || '-' || position FROM appended ORDER BY position DESC LIMIT 1",
        )
        .bind(host.to_string())
        .bind(first.cast_signed())
        .bind(events.iter().map(CalendarEvent::event_type).collect::<Vec<_>>())
        .bind(events.iter().map(|event| serde_json::to_string(event).unwrap()).collect::<Vec<_>>())
        .fetch_one(&self.pool)
        .await
        .unwrap();
        place.parse().unwrap()
    }

    /// Every event, once no older transaction of the cluster holds any back.
    pub(crate) async fn all(&self) -> Vec<RecordedEvent> {
        let mut events = Vec::new();
        until("the feed gives all events", async || {
            events = self.feed.after(Place::default(), 1_000_000).await.unwrap();
            let end = events.last().map(|last| last.place).unwrap_or_default();
            !self.feed.is_held_back(end).await.unwrap()
        })
        .await;
        events
    }
}
