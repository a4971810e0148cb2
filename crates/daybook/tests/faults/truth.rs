//! The log, and everything else held against it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::ledger::Expected;
use crate::scene::Scene;
use crate::streams::{has_personal_data, messages};
use crate::support::cli;
use crate::support::log::Log;
use crate::support::times::written;
use crate::support::until;

/// The tables of each projection.
const READ_MODELS: [(&str, &[&str]); 2] = [
    ("availability", &["read_models.availability_hosts", "read_models.busy_times"]),
    ("bookings", &["read_models.bookings"]),
];

/// An event as it stands in the log.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Event {
    id: Uuid,
    place: String,
    host: String,
    version: i64,
    kind: String,
    payload: String,
}

/// Every event, in the order of the feed.
pub(crate) async fn events(log: &Log) -> Vec<Event> {
    let query = "SELECT event_id AS id, transaction_id::text || '-' || position AS place, aggregate_id AS host,
                        sequence AS version, event_type AS kind, payload::text AS payload
                 FROM events ORDER BY transaction_id, position";
    sqlx::query_as(query).fetch_all(&log.0).await.unwrap()
}

/// Each calendar's events stand in the feed in their order, without a gap.
pub(crate) fn assert_dense(events: &[Event]) {
    let mut versions: BTreeMap<&str, i64> = BTreeMap::new();
    for event in events {
        let last = versions.entry(&event.host).or_default();
        assert_eq!(event.version, *last + 1, "{event:?}");
        *last = event.version;
    }
}

/// The bookings that the log tells of.
pub(crate) fn bookings(events: &[Event]) -> BTreeMap<String, Expected> {
    let mut bookings: BTreeMap<String, Expected> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind.starts_with("Booking")) {
        let payload: Value = serde_json::from_str(&event.payload).unwrap();
        let text = |field: &str| payload[field].as_str().unwrap().to_owned();
        let id = text("booking_id");
        if event.kind == "BookingRequested" {
            let asked =
                Expected { meeting_type: text("meeting_type_id"), start: text("start"), cancelled: false, version: 1 };
            assert!(bookings.insert(id, asked).is_none(), "asked for twice: {event:?}");
            continue;
        }
        let booking = bookings.get_mut(&id).unwrap_or_else(|| panic!("never asked for: {event:?}"));
        assert!(!booking.cancelled, "changed after it was cancelled: {event:?}");
        match event.kind.as_str() {
            "BookingConfirmed" => {}
            "BookingRescheduled" => {
                assert_eq!(text("previous_start"), booking.start, "{event:?}");
                booking.start = text("start");
                booking.version += 1;
            }
            "BookingCancelled" => {
                booking.cancelled = true;
                booking.version += 1;
            }
            other => panic!("{other}"),
        }
    }
    bookings
}

/// The bookings that the read model tells of. Nobody was erased, so every guest's name can be read.
pub(crate) async fn shown(log: &Log) -> BTreeMap<String, Expected> {
    let query = "SELECT count(*) FROM read_models.bookings WHERE invitee_name IS DISTINCT FROM 'Ada Lovelace'";
    let unreadable: i64 = sqlx::query_scalar(query).fetch_one(&log.0).await.unwrap();
    assert_eq!(unreadable, 0, "guests whose key is lost");
    let query = "SELECT id::text, meeting_type_id::text, start_time, status, version::bigint FROM read_models.bookings";
    let rows: Vec<(String, String, DateTime<Utc>, String, i64)> =
        sqlx::query_as(query).fetch_all(&log.0).await.unwrap();
    rows.into_iter()
        .map(|(id, meeting_type, start, status, version)| {
            let cancelled = status == "cancelled";
            (id, Expected { meeting_type, start: written(start), cancelled, version: version.cast_unsigned() })
        })
        .collect()
}

/// Both streams hold every event once, in the order of the log, counted from one.
pub(crate) async fn assert_published(scene: &Scene, events: &[Event]) {
    for stream in ["DAYBOOK", "DAYBOOK_ANALYTICS"] {
        let found = messages(&scene.nats, stream, events.len()).await;
        assert_eq!(found.len(), events.len(), "{stream}");
        for (index, (message, event)) in found.iter().zip(events).enumerate() {
            assert_eq!(message.sequence, index as u64 + 1, "{stream}: {message:?}");
            let id = event.id.to_string();
            assert_eq!((&message.event_id, &message.place), (&id, &event.place), "{stream}: {event:?}");
            let body = &message.body;
            assert_eq!((&body["id"], &body["sequence"]), (&Value::from(id), &Value::from(event.place.clone())));
            assert_eq!(body["data"]["version"], event.version, "{stream}: {event:?}");
            assert_eq!(body["source"], format!("/calendars/{}", event.host));
            assert!(message.subject.ends_with(&event.kind), "{stream}: {message:?}");
            if stream == "DAYBOOK_ANALYTICS" {
                assert!(!has_personal_data(body), "{body}");
            } else {
                assert!(!body.to_string().contains("plain"), "{body}");
            }
        }
    }
}

/// Waits until every partition of every projection is level with the log.
pub(crate) async fn until_level(scene: &Scene) {
    until("the read models are level with the log", async || {
        let status = run(scene, &["projections", "status"]).await;
        status.lines().count() == 8 && status.lines().all(|line| line.contains("level with the log"))
    })
    .await;
}

/// The read models, all columns, are what a rebuild from the first event makes of the log. Says how many rows they have.
pub(crate) async fn assert_equal_to_a_rebuild(scene: &Scene, log: &Log) -> usize {
    let mut compared = 0;
    for (name, tables) in READ_MODELS {
        let live = log.rows(tables).await;
        run(scene, &["projections", "rebuild", name]).await;
        let rebuilt = log.rows(tables).await;
        let differing: Vec<_> = live.iter().zip(&rebuilt).filter(|(live, rebuilt)| live != rebuilt).take(3).collect();
        assert!(live == rebuilt, "{name}: {} rows live, {} rebuilt; {differing:#?}", live.len(), rebuilt.len());
        compared += live.len();
    }
    compared
}

async fn run(scene: &Scene, arguments: &[&str]) -> String {
    let environment =
        [("DATABASE_URL", scene.serve.database_url.as_str()), ("DAYBOOK_MASTER_KEY", scene.serve.master_key.as_str())];
    cli::run(arguments, &environment).await.well()
}
