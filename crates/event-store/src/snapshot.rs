//! Snapshots: where a replay may start. Written behind the commands, never in their way.

use std::sync::Arc;

use daybook_domain::calendar::HostCalendar;
use daybook_domain::ids::HostId;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::database::within_limit;

/// The form of the state. Raise it with every change of what [`HostCalendar`] serialises to, or of what its events do to
/// it: snapshots of another form are ignored.
pub(crate) const FORMAT: i32 = 1;

/// Events between two snapshots of a calendar.
pub(crate) const EVERY: u64 = 50;

/// Snapshots that wait to be written. More are dropped: the next one will do as well.
const WAITING: usize = 256;

/// Writes snapshots in the background. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Snapshots(mpsc::Sender<(HostId, Arc<HostCalendar>)>);

impl Snapshots {
    /// Starts the task that writes; it ends with `token`.
    pub(crate) fn start(pool: PgPool, token: CancellationToken, tasks: &TaskTracker) -> Self {
        let (snapshots, mut queue) = mpsc::channel::<(HostId, Arc<HostCalendar>)>(WAITING);
        tasks.spawn(async move {
            while let Some(Some((host, calendar))) = token.run_until_cancelled(queue.recv()).await {
                write(&pool, host, &calendar).await;
            }
        });
        Self(snapshots)
    }

    /// Takes a snapshot if a command brought the calendar past a multiple of [`EVERY`] events.
    pub(crate) fn after_command(&self, host: HostId, before: u64, calendar: &Arc<HostCalendar>) {
        if before / EVERY < calendar.version() / EVERY {
            self.take(host, calendar);
        }
    }

    /// Takes a snapshot if loading the calendar meant replaying too much.
    pub(crate) fn after_load(&self, host: HostId, replayed: u64, calendar: &Arc<HostCalendar>) {
        if replayed >= EVERY {
            self.take(host, calendar);
        }
    }

    fn take(&self, host: HostId, calendar: &Arc<HostCalendar>) {
        let _ = self.0.try_send((host, Arc::clone(calendar)));
    }
}

async fn write(pool: &PgPool, host: HostId, calendar: &HostCalendar) {
    let state = match serde_json::to_string(calendar) {
        Ok(state) => state,
        Err(error) => return tracing::error!(%host, %error, "a calendar cannot be written down"),
    };
    let query = sqlx::query(
        "INSERT INTO snapshots AS s (aggregate_type, aggregate_id, version, format, state)
         VALUES ('calendar', $1, $2, $3, $4::json)
         ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE
             SET version = excluded.version, format = excluded.format, state = excluded.state, taken_at = now()
             WHERE s.version < excluded.version OR s.format <> excluded.format",
    );
    let query = query.bind(host.to_string()).bind(calendar.version().cast_signed()).bind(FORMAT).bind(state);
    if let Err(error) = within_limit(query.execute(pool)).await {
        tracing::warn!(%host, %error, "a snapshot was not written; replays take longer");
    }
}

/// The state in a row `version, …, …, state::text`, unless it is damaged.
pub(crate) fn read(row: &PgRow) -> Result<Option<HostCalendar>, sqlx::Error> {
    let (version, state): (i64, &str) = (row.try_get(0)?, row.try_get(3)?);
    let calendar: Option<HostCalendar> = serde_json::from_str(state).ok();
    Ok(calendar.filter(|calendar| calendar.version() == version.cast_unsigned()))
}
