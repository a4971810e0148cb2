//! The words of these tests.

pub(crate) mod life;
pub(crate) mod log;
pub(crate) mod projector;
pub(crate) mod scene;
pub(crate) mod tables;

use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use daybook_domain::calendar::event::{
    BookingCancelled, BookingConfirmed, BookingDeclined, BookingExpired, BookingRequested, BookingRescheduled,
    CalendarEvent, CalendarOpened, Guest, MeetingTypeAdded, NoShowMarked, Party,
};
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId, ScheduleId, SessionId};
use daybook_domain::meeting_type::MeetingType;
use daybook_domain::personal::{Personal, Subject};
use daybook_domain::questions::{Answer, AnswerValue};
use daybook_domain::schedule::Hours;
use daybook_domain::text::{Description, EmailAddress, Name, QuestionId, Slug};
use daybook_domain::time::Instant;
use daybook_event_store::{Codec, MasterKeys, SubjectKeys};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// How long anything may take that is waited for.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) fn master_keys() -> MasterKeys {
    "test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".parse().unwrap()
}

/// A codec whose keys are in this database.
pub(crate) fn codec(pool: &PgPool) -> Codec {
    Codec::new(SubjectKeys::start(pool.clone(), master_keys(), CancellationToken::new(), &TaskTracker::new()))
}

pub(crate) fn new_host() -> HostId {
    HostId(Uuid::now_v7())
}

pub(crate) fn new_booking() -> BookingId {
    BookingId(Uuid::now_v7())
}

/// When most things of these tests are said: a Monday, midnight.
pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2027, 1, 11, 0, 0, 0).unwrap()
}

/// So many hours later.
pub(crate) fn hour(n: i64) -> Instant {
    now() + chrono::Duration::hours(n)
}

pub(crate) const MEETING_TYPE: MeetingTypeId = MeetingTypeId(Uuid::from_u128(7));

pub(crate) fn opened() -> CalendarEvent {
    CalendarOpened {
        time_zone: "Europe/Berlin".parse().unwrap(),
        schedule_id: ScheduleId(Uuid::from_u128(1)),
        schedule_name: Name::parse("Working hours").unwrap(),
        hours: Hours::office(),
        opened_at: now(),
    }
    .into()
}

pub(crate) fn meeting_type(id: MeetingTypeId, slug: &str) -> MeetingType {
    MeetingType::one_on_one(id, Name::parse("Intro").unwrap(), Slug::parse(slug).unwrap(), 30)
}

pub(crate) fn offers(id: MeetingTypeId) -> CalendarEvent {
    MeetingTypeAdded { meeting_type: meeting_type(id, "intro") }.into()
}

/// Somebody whose address is their name at example.org. Their data is plain, as no log has it: that spares the keys.
pub(crate) fn guest(name: &str) -> Personal<Guest> {
    let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
    let guest = Guest {
        name: Name::parse(name).unwrap(),
        email: EmailAddress::parse(&email).unwrap(),
        notes: Some(Description::parse("Second floor").unwrap()),
        guests: vec![EmailAddress::parse("friend@example.org").unwrap()],
        answers: vec![Answer {
            question_id: QuestionId::parse("colour").unwrap(),
            value: AnswerValue::Text("Green".to_owned()),
        }],
    };
    Personal::plain(guest, Subject(format!("guest:{}", name.to_lowercase())))
}

/// A request for a meeting of an hour.
pub(crate) fn request(booking: BookingId, who: &str, start: Instant) -> BookingRequested {
    BookingRequested {
        booking_id: booking,
        session_id: SessionId::from(booking),
        meeting_type_id: MEETING_TYPE,
        start,
        end: start + chrono::Duration::hours(1),
        buffer_before_minutes: 5,
        buffer_after_minutes: 10,
        guest: guest(who),
        guest_time_zone: "America/New_York".parse().unwrap(),
        hold_until: None,
        series_id: None,
        team_id: None,
        hosts: Vec::new(),
        requested_at: now(),
    }
}

pub(crate) fn requested(booking: BookingId, who: &str, start: Instant) -> CalendarEvent {
    request(booking, who, start).into()
}

pub(crate) fn confirmed(booking_id: BookingId) -> CalendarEvent {
    BookingConfirmed { booking_id, confirmed_at: now() + chrono::Duration::minutes(1) }.into()
}

pub(crate) fn rescheduled(booking_id: BookingId, previous_start: Instant, start: Instant) -> CalendarEvent {
    BookingRescheduled {
        booking_id,
        session_id: SessionId::from(booking_id),
        meeting_type_id: MEETING_TYPE,
        previous_start,
        start,
        end: start + chrono::Duration::hours(1),
        buffer_before_minutes: 5,
        buffer_after_minutes: 10,
        hold_until: None,
        by: Party::Guest,
        reason: None,
        rescheduled_at: now() + chrono::Duration::minutes(2),
    }
    .into()
}

pub(crate) fn cancelled(booking_id: BookingId, reason: Option<&str>) -> CalendarEvent {
    let reason = reason.map(|text| Personal::plain(Description::parse(text).unwrap(), Subject("host:1".into())));
    BookingCancelled { booking_id, by: Party::Host, reason, cancelled_at: now() + chrono::Duration::minutes(3) }.into()
}

pub(crate) fn declined(booking_id: BookingId) -> CalendarEvent {
    let reason = Personal::plain(Description::parse("Not that week").unwrap(), Subject("guest:1".into()));
    let declined_at = now() + chrono::Duration::minutes(4);
    BookingDeclined { booking_id, by: Party::Host, reason: Some(reason), declined_at }.into()
}

pub(crate) fn expired(booking_id: BookingId) -> CalendarEvent {
    BookingExpired { booking_id, expired_at: now() + chrono::Duration::minutes(5) }.into()
}

pub(crate) fn missed(booking_id: BookingId) -> CalendarEvent {
    NoShowMarked { booking_id, by: Party::Host, marked_at: now() + chrono::Duration::minutes(6) }.into()
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
