//! Until when a guest may change their mind (B5).

use chrono::Duration;

use crate::calendar::command::CalendarCommand as Command;
use crate::calendar::event::{BookingCancelled, CalendarEvent, MeetingTypeRemoved, Party};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::*;
use crate::meeting_type::{MeetingType, Policies};

fn strict() -> MeetingType {
    let policies = Policies { cancellation_notice_minutes: 120, reschedule_notice_minutes: 240, ..Policies::default() };
    MeetingType { policies, ..intro() }
}

fn booked() -> [CalendarEvent; 4] {
    [opened(), offers(strict()), requested(ADAS, "ada", at(9, 0)), confirmed(ADAS)]
}

fn cancel_by(by: Party) -> Command {
    Command::CancelBooking { booking_id: ADAS, by, reason: None, seen: None }
}

#[test]
fn a_guest_cancels_until_the_notice_begins_and_the_host_whenever() {
    let last = at(9, 0) - Duration::hours(2);
    assert!(given(booked()).at(last).when(&cancel_by(Party::Guest)).0.is_ok());
    let late = last + Duration::nanoseconds(1);
    let refusal = Refusal::TooLateToChange { notice_minutes: 120 };
    given(booked()).at(late).when(&cancel_by(Party::Guest)).then_refused(&refusal);
    for by in [Party::Host, Party::Admin] {
        let cancelled = BookingCancelled { booking_id: ADAS, by, reason: None, cancelled_at: late };
        given(booked()).at(late).when(&cancel_by(by)).then([cancelled.into()]);
    }
}

#[test]
fn a_guest_moves_until_the_notice_begins_and_the_host_whenever() {
    let last = at(9, 0) - Duration::hours(4);
    assert!(given(booked()).at(last).when(&reschedule(ADAS, at(10, 0))).0.is_ok());
    let late = last + Duration::nanoseconds(1);
    let refusal = Refusal::TooLateToChange { notice_minutes: 240 };
    given(booked()).at(late).when(&reschedule(ADAS, at(10, 0))).then_refused(&refusal);
    given(booked()).at(late).when(&reschedule(ADAS, at(9, 0))).then([]);
    for by in [Party::Host, Party::Admin] {
        assert!(given(booked()).at(late).when(&reschedule_by(ADAS, at(10, 0), by)).0.is_ok());
    }
}

#[test]
fn a_meeting_that_has_begun_is_not_merely_too_late() {
    given(booked()).at(at(9, 0)).when(&cancel_by(Party::Guest)).then_refused(&Refusal::AlreadyStarted);
}

#[test]
fn without_its_meeting_type_a_booking_can_be_cancelled_until_it_starts() {
    let gone = booked().into_iter().chain([MeetingTypeRemoved { meeting_type_id: INTRO }.into()]);
    assert!(given(gone).at(at(8, 59)).when(&cancel_by(Party::Guest)).0.is_ok());
}
