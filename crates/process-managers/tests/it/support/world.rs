//! Calendars and the bookings read model, on a database of their own.

use std::sync::Arc;

use daybook_domain::calendar::booking::BookingStatus;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId};
use daybook_domain::time::Instant;
use daybook_event_store::{
    CalendarStore, EventStoreMetrics, ExecuteError, Executed, History, HistoryRange, Metadata, RecordedEvent,
    StoreOptions,
};
use daybook_projections::ReadModels;
use daybook_projections::bookings::BookingsProjection;
use daybook_testkit::TestDatabase;
use prometheus::Registry;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::clock::TestClock;
use super::commands::{add, keys, open, request, to_be_confirmed};
use super::projector::Projector;
use super::until;

/// One node: its calendars, and the read models that all nodes share.
pub(crate) struct World {
    pub(crate) clock: TestClock,
    pub(crate) store: CalendarStore,
    pub(crate) read_models: ReadModels,
    projector: Option<Projector>,
    database: Arc<TestDatabase>,
    _ends: DropGuard,
}

/// A pending booking in somebody's calendar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) host: HostId,
    pub(crate) booking: BookingId,
    /// When it runs out.
    pub(crate) until: Instant,
}

impl World {
    pub(crate) async fn new() -> Self {
        let mut world = Self::on(Arc::new(TestDatabase::create().await.unwrap()), TestClock::new());
        let projection = BookingsProjection::new(world.store.codec().clone());
        world.projector = Some(Projector::start(world.database.pool(), projection));
        world
    }

    /// Another node on the same database, at the same time.
    pub(crate) fn another_node(&self) -> Self {
        Self::on(Arc::clone(&self.database), self.clock.clone())
    }

    fn on(database: Arc<TestDatabase>, clock: TestClock) -> Self {
        let (token, tasks) = (CancellationToken::new(), TaskTracker::new());
        let metrics = EventStoreMetrics::register(&Registry::new()).unwrap();
        let store = CalendarStore::start(database.pool(), keys(), StoreOptions::default(), metrics, &token, &tasks);
        let read_models = ReadModels::new(database.pool());
        Self { clock, store, read_models, projector: None, database, _ends: token.drop_guard() }
    }

    /// From now on the read model learns nothing new.
    pub(crate) async fn stop_projecting(&mut self) {
        self.projector.take().unwrap().stop().await;
    }

    pub(crate) async fn attempt(&self, host: HostId, command: CalendarCommand) -> Result<Executed, ExecuteError> {
        let metadata = Metadata { correlation_id: Uuid::now_v7().to_string(), ..Metadata::default() };
        self.store.execute(host, command, self.clock.now(), metadata).await
    }

    /// Executes a command that succeeds.
    pub(crate) async fn execute(&self, host: HostId, command: CalendarCommand) -> Executed {
        self.attempt(host, command).await.unwrap()
    }

    /// A host with an open calendar.
    pub(crate) async fn host(&self) -> HostId {
        let host = HostId(Uuid::now_v7());
        self.execute(host, open()).await;
        host
    }

    /// A host who has to confirm what guests ask for.
    pub(crate) async fn host_who_confirms(&self) -> (HostId, MeetingTypeId) {
        let (host, meeting_type) = (self.host().await, MeetingTypeId(Uuid::now_v7()));
        self.execute(host, add(to_be_confirmed(meeting_type))).await;
        (host, meeting_type)
    }

    /// A guest asks for the half hour number `n` of the next day, from 09:00.
    pub(crate) async fn hold(&self, at: HostId, meeting_type: MeetingTypeId, n: i64) -> Held {
        self.try_to_hold(at, meeting_type, n).await.unwrap()
    }

    /// As [`hold`](Self::hold), unless it is refused.
    pub(crate) async fn try_to_hold(&self, at: HostId, of: MeetingTypeId, n: i64) -> Result<Held, ExecuteError> {
        let booking = BookingId(Uuid::now_v7());
        let executed = self.attempt(at, request(booking, of, self.half_hour(n))).await?;
        let shares = [(at, executed.clone())].into_iter().chain(executed.beside);
        let in_calendars = shares.filter_map(|(host, share)| {
            let until = share.calendar.booking(booking)?.hold_until?;
            Some(Held { host, booking, until })
        });
        Ok(in_calendars.last().unwrap())
    }

    fn half_hour(&self, n: i64) -> Instant {
        let midnight = self.clock.now().date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        midnight + chrono::Duration::days(1) + chrono::Duration::hours(9) + chrono::Duration::minutes(30 * n)
    }

    /// Waits until the read model shows so many holds.
    pub(crate) async fn until_holds(&self, count: usize) {
        until("the read model shows the holds", async || {
            self.read_models.next_holds(1_000).await.unwrap().len() == count
        })
        .await;
    }

    /// Waits until a booking has been given up.
    pub(crate) async fn until_expired(&self, held: Held) {
        until("the hold is given up", async || self.status(held).await == BookingStatus::Expired).await;
    }

    /// Where a booking stands.
    pub(crate) async fn status(&self, held: Held) -> BookingStatus {
        self.store.calendar(held.host).await.unwrap().booking(held.booking).unwrap().status
    }

    /// What happened in a calendar.
    pub(crate) async fn history(&self, host: HostId) -> Vec<RecordedEvent> {
        History::new(self.database.pool()).events(host, HistoryRange::default(), 1_000).await.unwrap()
    }

    /// When a booking was given up, as often as it was.
    pub(crate) async fn expiries(&self, held: Held) -> Vec<Instant> {
        let events = self.history(held.host).await;
        let expired_at = |event: &RecordedEvent| match event.decode().unwrap() {
            CalendarEvent::BookingExpired(e) if e.booking_id == held.booking => Some(e.expired_at),
            _ => None,
        };
        events.iter().filter_map(expired_at).collect()
    }
}
