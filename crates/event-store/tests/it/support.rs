//! The words of these tests.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use daybook_domain::calendar::command::{CalendarCommand, RequestBooking};
use daybook_domain::calendar::event::{Guest, Party};
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId, ScheduleId, SessionId};
use daybook_domain::meeting_type::{MeetingType, Terms};
use daybook_domain::personal::{Personal, Subject};
use daybook_domain::text::{EmailAddress, Name, Slug};
use daybook_event_store::{
    Appender, AppenderOptions, CalendarStore, EventStoreMetrics, KeyError, MasterKeys, Metadata, NewEvent,
    StoreOptions, SubjectKeys, Waker,
};
use daybook_testkit::TestDatabase;
use prometheus::Registry;
use sqlx::PgPool;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// How long anything may take that is waited for.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Two master keys, the newer one first in [`rotated_keys`].
const OLD_KEY: &str = "old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const NEW_KEY: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

pub(crate) fn keys() -> MasterKeys {
    OLD_KEY.parse().unwrap()
}

pub(crate) fn rotated_keys() -> MasterKeys {
    format!("{NEW_KEY},{OLD_KEY}").parse().unwrap()
}

pub(crate) fn new_keys() -> MasterKeys {
    NEW_KEY.parse().unwrap()
}

/// A running event store on a database of its own.
pub(crate) struct World {
    pub(crate) store: CalendarStore,
    pub(crate) metrics: EventStoreMetrics,
    pub(crate) token: CancellationToken,
    pub(crate) tasks: TaskTracker,
    pub(crate) database: Arc<TestDatabase>,
    _ends: DropGuard,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(Arc::new(TestDatabase::create().await.unwrap()), keys())
    }

    /// Another node on the same database.
    pub(crate) fn another_node(&self) -> Self {
        Self::on(Arc::clone(&self.database), keys())
    }

    pub(crate) fn on(database: Arc<TestDatabase>, keys: MasterKeys) -> Self {
        let (token, tasks) = (CancellationToken::new(), TaskTracker::new());
        let metrics = EventStoreMetrics::register(&Registry::new()).unwrap();
        let options = StoreOptions::default();
        let store = CalendarStore::start(database.pool(), keys, options, metrics.clone(), &token, &tasks);
        Self { store, metrics, _ends: token.clone().drop_guard(), token, tasks, database }
    }

    pub(crate) fn pool(&self) -> PgPool {
        self.database.pool()
    }
}

/// An appender on a database of its own.
pub(crate) struct Appending {
    pub(crate) appender: Appender,
    registry: Registry,
    pub(crate) token: CancellationToken,
    pub(crate) tasks: TaskTracker,
    _ends: DropGuard,
}

impl Appending {
    pub(crate) fn on(pool: &PgPool, options: AppenderOptions) -> Self {
        let (token, tasks, registry) = (CancellationToken::new(), TaskTracker::new(), Registry::new());
        let metrics = EventStoreMetrics::register(&registry).unwrap();
        let waker = Waker::start(pool, token.clone(), &tasks);
        let appender = Appender::start(pool, options, metrics, waker, token.clone(), &tasks);
        Self { appender, registry, _ends: token.clone().drop_guard(), token, tasks }
    }

    /// How many appends had this outcome.
    pub(crate) fn count(&self, outcome: &str) -> usize {
        let text = prometheus::TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap();
        let name = format!(r#"daybook_append_operations_total{{outcome="{outcome}"}} "#);
        text.lines().find_map(|line| line.strip_prefix(&name)).unwrap().parse().unwrap()
    }
}

pub(crate) fn host() -> HostId {
    HostId(Uuid::now_v7())
}

/// An event that no guard takes an interest in.
pub(crate) fn some_event() -> NewEvent {
    event("TimeZoneChanged", r#"{"type":"TimeZoneChanged","time_zone":"Europe/Berlin"}"#.to_owned())
}

pub(crate) fn event(event_type: &'static str, payload: String) -> NewEvent {
    NewEvent { id: Uuid::now_v7(), event_type, event_version: "1", payload, metadata: "{}".into() }
}

/// A booking event for the half hour number `slot`.
pub(crate) fn booking_event(event_type: &'static str, booking: Uuid, slot: i64) -> NewEvent {
    event(event_type, booking_payload(event_type, booking, slot))
}

pub(crate) fn booking_payload(event_type: &str, booking: Uuid, slot: i64) -> String {
    let (start, end) = (time(slot).to_rfc3339(), time(slot + 1).to_rfc3339());
    format!(
        r#"{{"type":"{event_type}","booking_id":"{booking}","session_id":"{booking}","start":"{start}","end":"{end}"}}"#
    )
}

/// When commands are given: a Monday, midnight.
pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2027, 1, 11, 0, 0, 0).unwrap()
}

/// The start of the half hour number `slot` of the week after that.
pub(crate) fn time(slot: i64) -> DateTime<Utc> {
    now() + chrono::Duration::days(7) + chrono::Duration::minutes(30 * slot)
}

/// The start of the bookable half hour number `n`: sixteen on each working day, from 09:00.
pub(crate) fn bookable(n: i64) -> DateTime<Utc> {
    let (day, slot) = (n / 16, n % 16);
    now() + chrono::Duration::days(7 * (1 + day / 5) + day % 5) + chrono::Duration::minutes(9 * 60 + 30 * slot)
}

pub(crate) fn by_host() -> Metadata {
    Metadata { actor: "host".into(), correlation_id: Uuid::now_v7().to_string(), ..Metadata::default() }
}

pub(crate) fn open() -> CalendarCommand {
    CalendarCommand::OpenCalendar { time_zone: "Etc/UTC".parse().unwrap(), schedule_id: ScheduleId(Uuid::now_v7()) }
}

/// A half-hour meeting on a grid of half an hour, bookable for two years.
pub(crate) fn add_meeting_type(id: MeetingTypeId) -> CalendarCommand {
    use daybook_domain::meeting_type::BookingWindow;
    CalendarCommand::AddMeetingType {
        meeting_type: Box::new(MeetingType {
            terms: Terms {
                slot_interval_minutes: 30,
                booking_window: BookingWindow::RollingDays { days: 730 },
                ..Terms::one_on_one(30)
            },
            ..MeetingType::one_on_one(id, Name::parse("Intro").unwrap(), Slug::parse("intro").unwrap(), 30)
        }),
    }
}

pub(crate) fn email(who: &str) -> EmailAddress {
    EmailAddress::parse(&format!("{who}@example.org")).unwrap()
}

pub(crate) fn guest(who: &str) -> Personal<Guest> {
    let guest = Guest::new(Name::parse(who).unwrap(), email(who));
    Personal::plain(guest, subject(who))
}

/// The subject of `who`, who has not come by the API: it finds guests by their address.
pub(crate) fn subject(who: &str) -> Subject {
    Subject(format!("guest:{who}"))
}

/// A request of the guest with the address of `who`, as the API makes it, and whom they are.
pub(crate) async fn book_as_guest(
    keys: &SubjectKeys,
    meeting_type: MeetingTypeId,
    who: &str,
    n: i64,
) -> Result<(Subject, CalendarCommand), KeyError> {
    let known = keys.guest(&email(who)).await?;
    let mut command = book(booking(), meeting_type, who, n);
    let CalendarCommand::RequestBooking(request) = &mut command else { panic!("not a request") };
    let Personal::Plain { subject, .. } = &mut request.guest else { panic!("not plain") };
    subject.clone_from(&known);
    Ok((known, command))
}

/// A request of `who` for the bookable half hour number `n`.
pub(crate) fn book(booking_id: BookingId, meeting_type_id: MeetingTypeId, who: &str, n: i64) -> CalendarCommand {
    CalendarCommand::RequestBooking(Box::new(RequestBooking {
        booking_id,
        meeting_type_id,
        start: bookable(n),
        guest: guest(who),
        guest_time_zone: "Europe/Berlin".parse().unwrap(),
        repeat_is_duplicate: false,
    }))
}

pub(crate) fn cancel(booking_id: BookingId) -> CalendarCommand {
    CalendarCommand::CancelBooking { booking_id, by: Party::Host, reason: None, seen: None }
}

pub(crate) fn reschedule(booking_id: BookingId, n: i64) -> CalendarCommand {
    CalendarCommand::RescheduleBooking {
        booking_id,
        start: bookable(n),
        session_id: SessionId(Uuid::now_v7()),
        by: Party::Host,
        reason: None,
        seen: None,
    }
}

pub(crate) fn booking() -> BookingId {
    BookingId(Uuid::now_v7())
}

impl World {
    /// A host with an open calendar and one meeting type.
    pub(crate) async fn host(&self) -> (HostId, MeetingTypeId) {
        let (host, meeting_type) = (host(), MeetingTypeId(Uuid::now_v7()));
        self.execute(host, open()).await;
        self.execute(host, add_meeting_type(meeting_type)).await;
        (host, meeting_type)
    }

    /// A host with `bookings` bookings, of which every third was cancelled and every fourth moved.
    pub(crate) async fn busy_host(&self, bookings: i64) -> (HostId, MeetingTypeId) {
        let (host, meeting_type) = self.host().await;
        for n in 0..bookings {
            let id = booking();
            self.execute(host, book(id, meeting_type, "ada", n)).await;
            if n % 4 == 0 {
                self.execute(host, reschedule(id, n + 1000)).await;
            }
            if n % 3 == 0 {
                self.execute(host, cancel(id)).await;
            }
        }
        (host, meeting_type)
    }

    /// Executes a command that succeeds.
    pub(crate) async fn execute(&self, host: HostId, command: CalendarCommand) -> daybook_event_store::Executed {
        self.store.execute(host, command, now(), by_host()).await.unwrap()
    }
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let held = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, held).await.unwrap_or_else(|_| panic!("never came true: {what}"));
}
