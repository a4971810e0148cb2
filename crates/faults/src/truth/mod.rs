//! The log, and everything else held against it.

pub mod bookings;
pub(crate) mod reckoning;
mod streams;
pub(crate) mod together;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, Utc};
use daybook_black_box::log::Log;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Long enough for read models that have fallen far behind, on a machine that does other things meanwhile.
const LIMIT: Duration = Duration::from_mins(3);

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, Serialize, Deserialize)]
pub struct Event {
    /// Its id.
    pub id: Uuid,
    /// Its place in the feed.
    pub place: String,
    /// Whose calendar it belongs to: a host's or a team's.
    pub host: String,
    /// Its place in the calendar.
    pub version: i64,
    /// Its type.
    pub kind: String,
    /// What it says, personal data sealed.
    pub payload: Value,
}

impl Event {
    /// A field that is a text.
    pub(crate) fn text(&self, field: &str) -> Result<String> {
        let text = self.payload[field].as_str();
        Ok(text.with_context(|| format!("no {field}: {self:?}"))?.to_owned())
    }

    /// A field that is an instant.
    pub(crate) fn instant(&self, field: &str) -> Result<DateTime<Utc>> {
        self.text(field)?.parse().with_context(|| format!("{field} is no instant: {self:?}"))
    }

    /// Whether it makes a booking or another version of it.
    pub(crate) fn changes_a_booking(&self) -> bool {
        matches!(self.kind.as_str(), "BookingRequested" | "BookingRescheduled" | "BookingCancelled")
    }

    /// The transaction that appended it.
    pub(crate) fn transaction(&self) -> &str {
        self.place.split('-').next().unwrap_or_default()
    }
}

/// Every event, in the order of the feed.
pub(crate) async fn events(log: &Log) -> Result<Vec<Event>> {
    let query = "SELECT event_id AS id, transaction_id::text || '-' || position AS place, aggregate_id AS host,
                        sequence AS version, event_type AS kind, payload
                 FROM events ORDER BY transaction_id, position";
    Ok(sqlx::query_as(query).fetch_all(&log.0).await?)
}

/// Each calendar's events stand in the feed in their order, without a gap.
pub(crate) fn must_be_dense(events: &[Event]) -> Result<()> {
    let mut versions: BTreeMap<&str, i64> = BTreeMap::new();
    for event in events {
        let last = versions.entry(&event.host).or_default();
        ensure!(event.version == *last + 1, "not the next version of its calendar: {event:?}");
        *last = event.version;
    }
    Ok(())
}

/// Tries again until there is an answer; fails if there is none in time.
async fn within<T>(what: &str, mut attempt: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let until = Instant::now() + LIMIT;
    loop {
        if let Some(answer) = attempt().await? {
            return Ok(answer);
        }
        ensure!(Instant::now() < until, "waited in vain until {what}");
        sleep(Duration::from_millis(20)).await;
    }
}
