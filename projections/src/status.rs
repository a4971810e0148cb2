//! How far each projection is, and how far behind (E5).

use chrono::{DateTime, TimeDelta, Utc};
use daybook_event_store::{Feed, Place};
use sqlx::{PgPool, Row};

use crate::checkpoint;
use crate::database::{DatabaseError, answer};
use crate::partition::ProjectionPartition;

/// Events that are looked at to find out what a partition still has to do.
const PAGE: u32 = 1_000;
/// Pages at most: a partition without hosts leaves its checkpoint where it is while the log goes on.
const PAGES: u32 = 20;

/// Where one partition of a projection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Which partition.
    pub partition: ProjectionPartition,
    /// The place of the last event it has handled.
    pub place: Place,
    /// When it last moved; never, if it has not started.
    pub updated_at: Option<DateTime<Utc>>,
    /// The oldest event that it still has to handle; none if it is level with the log.
    pub behind: Option<Behind>,
}

/// What a partition still has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// Events of its hosts, as far as they were counted.
    pub events: u64,
    /// Whether the count was broken off.
    pub and_more: bool,
    /// When the first of them was recorded.
    pub since: DateTime<Utc>,
}

impl Status {
    /// The age of the oldest event that has not been handled; zero if there is none.
    pub fn lag(&self, now: DateTime<Utc>) -> TimeDelta {
        self.behind.as_ref().map_or(TimeDelta::zero(), |behind| (now - behind.since).max(TimeDelta::zero()))
    }
}

/// Where every partition of a projection stands, in order.
pub async fn of(pool: &PgPool, feed: &Feed, projection: &str) -> Result<Vec<Status>, StatusError> {
    let rows = sqlx::query(include_str!("status.sql")).bind(projection);
    let rows = answer(rows.fetch_all(pool)).await?;
    let mut statuses = Vec::with_capacity(ProjectionPartition::all().len());
    for partition in ProjectionPartition::all() {
        let row = rows.iter().find(|row| row.get::<i16, _>("partition") == i16::from(partition.number()));
        let place = row.map(checkpoint::place).transpose().map_err(DatabaseError::from)?.unwrap_or_default();
        let updated_at = row.map(|row| row.get("updated_at"));
        let behind = behind(feed, partition, place).await?;
        statuses.push(Status { partition, place, updated_at, behind });
    }
    Ok(statuses)
}

/// The events after a place that belong to a partition. Stops counting at the first page that has any.
async fn behind(
    feed: &Feed,
    partition: ProjectionPartition,
    mut place: Place,
) -> Result<Option<Behind>, daybook_event_store::DatabaseError> {
    for _ in 0..PAGES {
        let page = feed.after(place, PAGE).await?;
        let mut own = page.iter().filter(|event| ProjectionPartition::of(event.host) == partition);
        let full = page.len() == PAGE as usize;
        if let Some(first) = own.next() {
            let events = 1 + own.count() as u64;
            return Ok(Some(Behind { events, and_more: full, since: first.recorded_at }));
        }
        match page.last() {
            Some(last) if full => place = last.place,
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatusError {
    /// The checkpoints cannot be read.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] daybook_event_store::DatabaseError),
}
