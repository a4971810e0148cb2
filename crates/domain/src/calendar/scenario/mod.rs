//! The words of the tests: state as events, one command, an expected answer.

pub(crate) mod world;

use chrono::{DateTime, TimeZone, Utc};
use uuid::Uuid;

use crate::calendar::HostCalendar;
use crate::calendar::command::{CalendarCommand, RequestBooking};
use crate::calendar::event::{
    BookingCancelled, BookingConfirmed, BookingRequested, BookingRescheduled, CalendarEvent, CalendarOpened, Guest,
    MeetingTypeAdded, Party,
};
use crate::calendar::refusal::Refusal;
use crate::ids::{BookingId, MeetingTypeId, ScheduleId, SessionId};
use crate::meeting_type::{Kind, MeetingType, Policies, Terms, Visibility};
use crate::personal::{Personal, Subject};
use crate::schedule::Hours;
use crate::text::{EmailAddress, Name, Slug};
use crate::time::Instant;

pub(crate) const SCHEDULE: ScheduleId = ScheduleId(Uuid::from_u128(1));
pub(crate) const INTRO: MeetingTypeId = MeetingTypeId(Uuid::from_u128(2));
pub(crate) const ADAS: BookingId = BookingId(Uuid::from_u128(3));
pub(crate) const BOBS: BookingId = BookingId(Uuid::from_u128(4));
/// The session that a booking opens where it moves to, of a kind that guests share.
pub(crate) const FRESH: SessionId = SessionId(Uuid::from_u128(5));

/// A time on Tuesday, 12 January 2027, in UTC, where the host lives.
pub(crate) fn at(hour: u32, minute: u32) -> Instant {
    Utc.with_ymd_and_hms(2027, 1, 12, hour, minute, 0).single().expect("a time of that day")
}

/// When commands are given unless a test says otherwise: the day before.
pub(crate) fn the_day_before() -> Instant {
    at(9, 0) - chrono::Duration::days(1)
}

pub(crate) fn opened() -> CalendarEvent {
    CalendarOpened {
        time_zone: "Etc/UTC".parse().expect("a zone"),
        schedule_id: SCHEDULE,
        schedule_name: Name::parse("Working hours").expect("a name"),
        hours: Hours::office(),
        opened_at: DateTime::UNIX_EPOCH,
    }
    .into()
}

/// A half-hour meeting on a grid of half an hour.
pub(crate) fn intro() -> MeetingType {
    MeetingType {
        id: INTRO,
        name: Name::parse("Intro").expect("a name"),
        slug: Slug::parse("intro").expect("a slug"),
        description: None,
        color: None,
        location: None,
        is_active: true,
        visibility: Visibility::Public,
        kind: Kind::OneOnOne,
        team_id: None,
        strategy: None,
        schedule_id: None,
        confirmation_redirect_url: None,
        questions: Vec::new(),
        policies: Policies::default(),
        terms: Terms { slot_interval_minutes: 30, ..Terms::one_on_one(30) },
    }
}

pub(crate) fn offers(meeting_type: MeetingType) -> CalendarEvent {
    MeetingTypeAdded { meeting_type }.into()
}

pub(crate) fn guest(who: &str) -> Personal<Guest> {
    let guest = Guest {
        name: Name::parse(who).expect("a name"),
        email: EmailAddress::parse(&format!("{who}@example.org")).expect("an address"),
        notes: None,
        guests: Vec::new(),
        answers: Vec::new(),
    };
    Personal::plain(guest, Subject(format!("guest:{who}")))
}

pub(crate) fn requested(booking: BookingId, who: &str, start: Instant) -> CalendarEvent {
    BookingRequested {
        booking_id: booking,
        session_id: SessionId::from(booking),
        meeting_type_id: INTRO,
        start,
        end: start + chrono::Duration::minutes(30),
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        guest: guest(who),
        guest_time_zone: "Europe/Berlin".parse().expect("a zone"),
        hold_until: None,
        series_id: None,
        team_id: None,
        hosts: Vec::new(),
        requested_at: the_day_before(),
    }
    .into()
}

/// As [`requested`], with some members changed.
pub(crate) fn requested_with(
    booking: BookingId,
    who: &str,
    start: Instant,
    change: impl FnOnce(&mut BookingRequested),
) -> CalendarEvent {
    let CalendarEvent::BookingRequested(mut event) = requested(booking, who, start) else { unreachable!() };
    change(&mut event);
    event.into()
}

/// As [`rescheduled`], with some members changed.
pub(crate) fn rescheduled_with(
    booking: BookingId,
    (previous, start): (Instant, Instant),
    by: Party,
    change: impl FnOnce(&mut BookingRescheduled),
) -> CalendarEvent {
    let CalendarEvent::BookingRescheduled(mut event) = rescheduled(booking, previous, start, by) else {
        unreachable!()
    };
    change(&mut event);
    event.into()
}

pub(crate) fn confirmed(booking_id: BookingId) -> CalendarEvent {
    BookingConfirmed { booking_id, confirmed_at: the_day_before() }.into()
}

pub(crate) fn cancelled(booking_id: BookingId, by: Party) -> CalendarEvent {
    BookingCancelled { booking_id, by, reason: None, cancelled_at: the_day_before() }.into()
}

pub(crate) fn rescheduled(booking_id: BookingId, previous_start: Instant, start: Instant, by: Party) -> CalendarEvent {
    BookingRescheduled {
        booking_id,
        session_id: SessionId::from(booking_id),
        meeting_type_id: INTRO,
        previous_start,
        start,
        end: start + chrono::Duration::minutes(30),
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        hold_until: None,
        by,
        reason: None,
        rescheduled_at: the_day_before(),
    }
    .into()
}

pub(crate) fn request(booking_id: BookingId, who: &str, start: Instant) -> CalendarCommand {
    CalendarCommand::RequestBooking(Box::new(RequestBooking {
        booking_id,
        meeting_type_id: INTRO,
        start,
        guest: guest(who),
        guest_time_zone: "Europe/Berlin".parse().expect("a zone"),
        repeat_is_duplicate: true,
    }))
}

pub(crate) fn cancel(booking_id: BookingId) -> CalendarCommand {
    CalendarCommand::CancelBooking { booking_id, by: Party::Guest, reason: None, seen: None }
}

pub(crate) fn reschedule(booking_id: BookingId, start: Instant) -> CalendarCommand {
    reschedule_by(booking_id, start, Party::Guest)
}

pub(crate) fn reschedule_by(booking_id: BookingId, start: Instant, by: Party) -> CalendarCommand {
    CalendarCommand::RescheduleBooking { booking_id, start, session_id: FRESH, by, reason: None, seen: None }
}

/// A calendar that has come to its state by these events.
pub(crate) fn given(events: impl IntoIterator<Item = CalendarEvent>) -> Given {
    let mut calendar = HostCalendar::default();
    events.into_iter().for_each(|event| calendar.evolve(&event));
    Given { calendar, now: the_day_before() }
}

pub(crate) struct Given {
    pub(crate) calendar: HostCalendar,
    now: Instant,
}

impl Given {
    pub(crate) fn at(self, now: Instant) -> Self {
        Self { now, ..self }
    }

    pub(crate) fn when(self, command: &CalendarCommand) -> Answer {
        Answer(self.calendar.decide(command, self.now))
    }
}

#[derive(Debug)]
pub(crate) struct Answer(pub(super) Result<Vec<CalendarEvent>, Refusal>);

impl Answer {
    #[track_caller]
    pub(crate) fn then(self, events: impl IntoIterator<Item = CalendarEvent>) {
        assert_eq!(self.0, Ok(events.into_iter().collect()));
    }

    #[track_caller]
    pub(crate) fn then_refused(self, refusal: &Refusal) {
        assert_eq!(self.0.as_ref(), Err(refusal));
    }

    #[track_caller]
    pub(crate) fn refusal(self) -> Refusal {
        self.0.expect_err("a refusal")
    }
}
