//! The log, and everything else held against it.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use crate::scene::Scene;
use crate::streams::{has_personal_data, messages};
use crate::support::cli;
use crate::support::log::Log;
use crate::support::until;

/// The tables of each projection.
const READ_MODELS: [(&str, &[&str]); 2] = [
    ("availability", &["read_models.availability_hosts", "read_models.busy_times"]),
    ("bookings", &["read_models.bookings"]),
];

/// An event as it stands in the log.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Event {
    pub(crate) id: Uuid,
    pub(crate) place: String,
    /// Whose calendar it belongs to: a host's or a team's.
    pub(crate) host: String,
    pub(crate) version: i64,
    pub(crate) kind: String,
    pub(crate) payload: Value,
}

impl Event {
    /// A field that is a text.
    #[track_caller]
    pub(crate) fn text(&self, field: &str) -> String {
        self.payload[field].as_str().unwrap_or_else(|| panic!("no {field}: {self:?}")).to_owned()
    }

    /// The transaction that appended it.
    pub(crate) fn transaction(&self) -> &str {
        self.place.split('-').next().unwrap()
    }
}

/// Every event, in the order of the feed.
pub(crate) async fn events(log: &Log) -> Vec<Event> {
    let query = "SELECT event_id AS id, transaction_id::text || '-' || position AS place, aggregate_id AS host,
                        sequence AS version, event_type AS kind, payload
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
