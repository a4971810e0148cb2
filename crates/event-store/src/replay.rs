//! Rebuilds a calendar from its snapshot and its events (E2).

use std::collections::BTreeMap;
use std::sync::Arc;

use daybook_domain::calendar::HostCalendar;
use daybook_domain::ids::HostId;
use futures::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};

use crate::database::{DatabaseError, LIMIT};
use crate::snapshot;
use crate::upcast::{UnreadableEvent, read_event};

/// Why a calendar cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// An event cannot be read by this program.
    #[error("version {version} of calendar {host}: {source}")]
    Unreadable {
        /// The calendar.
        host: HostId,
        /// The event's version.
        version: u64,
        /// What is wrong with it.
        source: UnreadableEvent,
    },
    /// An event is missing, which the log's guards do not allow.
    #[error("version {version} of calendar {host} is missing")]
    Missing {
        /// The calendar.
        host: HostId,
        /// The version that is not there.
        version: u64,
    },
}

impl From<sqlx::Error> for LoadError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// A calendar that was loaded.
pub(crate) struct Loaded {
    pub(crate) calendar: HostCalendar,
    /// Events that had to be replayed.
    pub(crate) replayed: u64,
}

/// The newest version there is.
pub(crate) const LATEST: u64 = i64::MAX.cast_unsigned();

/// The calendar at a version, or at its last one if it has not got that far. One round trip.
pub(crate) async fn load(pool: &PgPool, host: HostId, until: u64) -> Result<Loaded, LoadError> {
    within(load_from(pool, host, Some(snapshot::FORMAT), until)).await
}

/// Brings a calendar up to the newest version; whether it was behind.
pub(crate) async fn catch_up(pool: &PgPool, host: HostId, calendar: &mut Arc<HostCalendar>) -> Result<bool, LoadError> {
    let query = sqlx::query(
        "SELECT sequence, event_type, event_version, payload::text FROM events
         WHERE aggregate_type = 'calendar' AND aggregate_id = $1 AND sequence > $2 ORDER BY sequence",
    );
    let query = query.bind(host.to_string()).bind(calendar.version().cast_signed());
    let before = calendar.version();
    within(async {
        let mut rows = query.fetch(pool);
        while let Some(row) = rows.try_next().await? {
            follow(Arc::make_mut(calendar), host, &row)?;
        }
        Ok(calendar.version() > before)
    })
    .await
}

/// Brings several calendars up to their newest versions. One round trip.
pub(crate) async fn catch_up_all(
    pool: &PgPool,
    calendars: &mut BTreeMap<HostId, Arc<HostCalendar>>,
) -> Result<(), LoadError> {
    let names: Vec<String> = calendars.keys().map(HostId::to_string).collect();
    let versions: Vec<i64> = calendars.values().map(|calendar| calendar.version().cast_signed()).collect();
    let query = sqlx::query(include_str!("catch_up_all.sql")).bind(&names).bind(&versions);
    within(async {
        let mut rows = query.fetch(pool);
        while let Some(row) = rows.try_next().await? {
            let host = HostId(row.try_get(4)?);
            if let Some(calendar) = calendars.get_mut(&host) {
                follow(Arc::make_mut(calendar), host, &row)?;
            }
        }
        Ok(())
    })
    .await
}

async fn load_from(pool: &PgPool, host: HostId, format: Option<i32>, until: u64) -> Result<Loaded, LoadError> {
    let query = sqlx::query(include_str!("replay.sql"));
    let mut rows = query.bind(host.to_string()).bind(format).bind(until.cast_signed()).fetch(pool);
    let mut loaded = Loaded { calendar: HostCalendar::default(), replayed: 0 };
    while let Some(row) = rows.try_next().await? {
        if row.try_get::<Option<&str>, _>(1)?.is_some() {
            follow(&mut loaded.calendar, host, &row)?;
            loaded.replayed += 1;
        } else if let Some(calendar) = snapshot::read(&row)? {
            loaded.calendar = calendar;
        } else {
            tracing::warn!(%host, "the snapshot is damaged; replaying from the first event");
            drop(rows);
            return Box::pin(load_from(pool, host, None, until)).await;
        }
    }
    Ok(loaded)
}

/// Applies the event of a row `sequence, event_type, event_version, payload::text`, which must be the next one.
fn follow(calendar: &mut HostCalendar, host: HostId, row: &PgRow) -> Result<(), LoadError> {
    let version = row.try_get::<i64, _>(0)?.cast_unsigned();
    if version != calendar.version() + 1 {
        return Err(LoadError::Missing { host, version: calendar.version() + 1 });
    }
    let event = read_event(row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    calendar.evolve(&event.map_err(|source| LoadError::Unreadable { host, version, source })?);
    Ok(())
}

async fn within<T>(loading: impl Future<Output = Result<T, LoadError>>) -> Result<T, LoadError> {
    tokio::time::timeout(LIMIT, loading).await.map_err(|_| DatabaseError::TimedOut)?
}
