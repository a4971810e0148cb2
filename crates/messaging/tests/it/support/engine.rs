//! The real event store, with a host whom guests can book.

use std::sync::Mutex;

use chrono::{DateTime, Duration, TimeZone, Utc};
use daybook_domain::{
    calendar::{
        command::{CalendarCommand, RequestBooking},
        event::Guest,
    },
    ids::{BookingId, HostId, MeetingTypeId, ScheduleId},
    meeting_type::MeetingType,
    personal::Personal,
    text::{EmailAddress, Name, Slug},
};
use daybook_event_store::{CalendarStore, EventStoreMetrics, Executed, Metadata, StoreOptions};
use prometheus::Registry;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use uuid::Uuid;

use super::log::TestLog;

const MASTER_KEY: &str = "test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
pub(crate) const GUEST: &str = "Ada Lovelace";
pub(crate) const EMAIL: &str = "ada@example.org";

/// The event store on a log, and one host.
pub(crate) struct Engine {
    pub(crate) store: CalendarStore,
    pub(crate) host: HostId,
    meeting_type: MeetingTypeId,
    booked: Mutex<i32>,
    _ends: DropGuard,
}

/// When every command is given: a Monday, midnight.
pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2027, 1, 11, 0, 0, 0).unwrap()
}

impl Engine {
    /// A host with an open calendar and one kind of meeting.
    pub(crate) async fn start(log: &TestLog) -> Self {
        let token = CancellationToken::new();
        let metrics = EventStoreMetrics::register(&Registry::new()).unwrap();
        let (masters, options) = (MASTER_KEY.parse().unwrap(), StoreOptions::default());
        let store = CalendarStore::start(log.pool.clone(), masters, options, metrics, &token, &TaskTracker::new());
        let (host, meeting_type) = (HostId(Uuid::now_v7()), MeetingTypeId(Uuid::now_v7()));
        let engine = Self { store, host, meeting_type, booked: Mutex::default(), _ends: token.drop_guard() };
        let (time_zone, schedule_id) = ("Etc/UTC".parse().unwrap(), ScheduleId(Uuid::now_v7()));
        engine.execute(CalendarCommand::OpenCalendar { time_zone, schedule_id }).await;
        engine.execute(CalendarCommand::AddMeetingType { meeting_type: Box::new(intro(meeting_type)) }).await;
        engine
    }

    /// A guest books the first half hour that is free.
    pub(crate) async fn book(&self) -> BookingId {
        let email = EmailAddress::parse(EMAIL).unwrap();
        let subject = self.store.codec().keys().guest(&email).await.unwrap();
        let guest = Guest::new(Name::parse(GUEST).unwrap(), email);
        let booking_id = BookingId(Uuid::now_v7());
        let number = {
            let mut booked = self.booked.lock().unwrap();
            *booked += 1;
            *booked - 1
        };
        let start = now() + Duration::days(1) + Duration::hours(9) + Duration::minutes(30) * number;
        let request = RequestBooking {
            booking_id,
            meeting_type_id: self.meeting_type,
            start,
            guest: Personal::plain(guest, subject),
            guest_time_zone: "Europe/London".parse().unwrap(),
            repeat_is_duplicate: false,
        };
        self.execute(CalendarCommand::RequestBooking(Box::new(request))).await;
        booking_id
    }

    async fn execute(&self, command: CalendarCommand) -> Executed {
        let metadata = Metadata { actor: "guest".into(), correlation_id: "c-1".into(), ..Metadata::default() };
        self.store.execute(self.host, command, now(), metadata).await.unwrap()
    }
}

fn intro(id: MeetingTypeId) -> MeetingType {
    MeetingType::one_on_one(id, Name::parse("Intro").unwrap(), Slug::parse("intro").unwrap(), 30)
}
