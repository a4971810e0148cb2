//! The calendars: where commands are decided and their events appended.
//!
//! Each calendar has a lane. Commands of one calendar are decided one after the other, each from the state that the one
//! before leaves behind, and what has gathered while an append was under way is appended together. So a calendar that
//! everybody wants takes as many commands as many calendars do.

mod append;
mod error;
mod framework;
mod hops;
mod lane;
mod plan;
mod round;
mod serve;
mod teams;
mod together;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::command::{CalendarCommand, TimedCommand};
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::calendar::refusal::Refusal;
use daybook_domain::ids::HostId;
use moka::sync::Cache;
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::appender::{Appender, AppenderOptions};
use crate::codec::Codec;
use crate::directory::Directory;
use crate::keys::{MasterKeys, SubjectKeys};
use crate::metadata::Metadata;
use crate::metrics::EventStoreMetrics;
use crate::place::Place;
use crate::replay::{self, LoadError};
use crate::snapshot::Snapshots;
use crate::wakeup::Waker;
pub use error::ExecuteError;
pub use framework::CalendarContext;
use lane::Lane;
pub use together::Together;

/// How the store works.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// Calendars kept in memory.
    pub cached_calendars: u64,
    /// How appends are made.
    pub appender: AppenderOptions,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { cached_calendars: 100_000, appender: AppenderOptions::default() }
    }
}

/// All calendars. Cloning shares them.
#[derive(Clone)]
pub struct CalendarStore(Arc<Parts>);

struct Parts {
    pool: PgPool,
    codec: Codec,
    appender: Appender,
    snapshots: Snapshots,
    lanes: Cache<HostId, Arc<Lane>>,
    metrics: EventStoreMetrics,
    tasks: TaskTracker,
    /// Commands that concern several calendars, each of which is under way or waits for them.
    together: Arc<Semaphore>,
}

/// What a command did.
#[derive(Clone, Debug)]
pub struct Executed {
    /// The events it caused, in order, with readable personal data; none if there was nothing to do.
    pub events: Vec<(Uuid, CalendarEvent)>,
    /// The calendar's version after the last of them.
    pub version: u64,
    /// Where and when the log recorded them; none without events.
    pub recorded: Option<Recorded>,
    /// The calendar at that version or a later one.
    pub calendar: Arc<HostCalendar>,
    /// What the command did to other calendars, in the same append: those of a team and its members.
    pub beside: Vec<(HostId, Executed)>,
}

/// Where and when the log recorded a command's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The place of the last event, or a later one of the same transaction: a reader that has come this far has seen them.
    pub place: Place,
    /// By the database's clock.
    pub at: DateTime<Utc>,
}

impl CalendarStore {
    /// Starts the store on a database. Its tasks end with `token`, after the appends that are waiting then.
    pub fn start(
        pool: PgPool,
        masters: MasterKeys,
        options: StoreOptions,
        metrics: EventStoreMetrics,
        token: &CancellationToken,
        tasks: &TaskTracker,
    ) -> Self {
        let keys = SubjectKeys::start(pool.clone(), masters, token.clone(), tasks);
        let waker = Waker::start(&pool, token.clone(), tasks);
        let appender = Appender::start(&pool, options.appender, metrics.clone(), waker, token.clone(), tasks);
        let snapshots = Snapshots::start(pool.clone(), token.clone(), tasks);
        let lanes = Cache::new(options.cached_calendars);
        let codec = Codec::new(keys);
        let (tasks, together) = (tasks.clone(), Arc::new(Semaphore::new(together::WAITING)));
        Self(Arc::new(Parts { pool, codec, appender, snapshots, lanes, metrics, tasks, together }))
    }

    /// Seals and opens personal data.
    pub fn codec(&self) -> &Codec {
        &self.0.codec
    }

    /// Decides a command and appends the events it causes. A race lost to another node is decided again from the newest
    /// state, a bounded number of times (E2). A command that concerns other calendars as well, as those of teams do, is decided
    /// together with them, and appended to all or to none (E3).
    ///
    /// Once taken up, the command is brought to its end even if the future is dropped.
    pub async fn execute(
        &self,
        host: HostId,
        command: CalendarCommand,
        now: DateTime<Utc>,
        metadata: Metadata,
    ) -> Result<Executed, ExecuteError> {
        let lane = self.0.lane(host);
        let (command, metadata) = (Arc::new(TimedCommand { command, now }), Arc::new(metadata));
        let (answered, unattended) = lane.enqueue(Arc::clone(&command), Arc::clone(&metadata))?;
        if unattended {
            let parts = Arc::clone(&self.0);
            self.0.tasks.spawn(async move { parts.serve(&lane).await });
        }
        // Every command is answered, unless the task that serves it panics.
        match answered.await.unwrap_or(Err(ExecuteError::Unknown)) {
            Err(ExecuteError::Refused(Refusal::NeedsCalendars(others))) => {
                self.execute_beside(host, others, command, &metadata).await
            }
            answer => answer,
        }
    }

    /// Finds whose things are, and where they come from, in the same log.
    pub fn directory(&self) -> Directory {
        Directory::new(self.0.pool.clone())
    }

    /// The newest state of a calendar; that of an unknown host is empty, at version 0.
    pub async fn calendar(&self, host: HostId) -> Result<Arc<HostCalendar>, LoadError> {
        let lane = self.0.lane(host);
        let mut slot = lane.calendar.lock().await;
        let cached = slot.is_some();
        let calendar = self.0.loaded(host, &mut slot).await?;
        if cached {
            replay::catch_up(&self.0.pool, host, calendar).await?;
        }
        Ok(Arc::clone(calendar))
    }
}

impl Parts {
    fn lane(&self, host: HostId) -> Arc<Lane> {
        self.lanes.get_with(host, || Arc::new(Lane::new(host)))
    }

    /// The calendar in a lane, loaded if it is not there.
    async fn loaded<'a>(
        &self,
        host: HostId,
        slot: &'a mut Option<Arc<HostCalendar>>,
    ) -> Result<&'a mut Arc<HostCalendar>, LoadError> {
        if slot.is_some() {
            self.metrics.calendar_hits.inc();
        } else {
            self.metrics.calendar_misses.inc();
            let loaded = replay::load(&self.pool, host, replay::LATEST).await?;
            let calendar = slot.insert(Arc::new(loaded.calendar));
            self.snapshots.after_load(host, loaded.replayed, calendar);
        }
        Ok(slot.as_mut().expect("it was loaded above"))
    }
}
