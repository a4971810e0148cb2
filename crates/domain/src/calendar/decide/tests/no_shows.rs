//! Guests who did not come (B3).

use crate::calendar::command::CalendarCommand as Command;
use crate::calendar::event::{CalendarEvent, NoShowMarked, Party};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::*;

fn booked() -> [CalendarEvent; 4] {
    [opened(), offers(intro()), requested(ADAS, "ada", at(9, 0)), confirmed(ADAS)]
}

fn mark(seen: Option<u32>) -> Command {
    Command::MarkNoShow { booking_id: ADAS, by: Party::Host, seen }
}

fn marked() -> CalendarEvent {
    NoShowMarked { booking_id: ADAS, by: Party::Host, marked_at: at(9, 0) }.into()
}

#[test]
fn a_meeting_that_has_begun_can_be_missed_once() {
    given(booked()).at(at(8, 59)).when(&mark(None)).then_refused(&Refusal::NotStarted);
    given(booked()).at(at(9, 0)).when(&mark(Some(1))).then([marked()]);
    given(booked()).at(at(9, 0)).when(&mark(Some(2))).then_refused(&Refusal::StaleRevision { current: 1 });
    let missed = || booked().into_iter().chain([marked()]);
    let booking = given(missed()).calendar.booking(ADAS).expect("remembered").clone();
    assert!(booking.no_show);
    assert_eq!(booking.revision, 2);
    given(missed()).at(at(10, 0)).when(&mark(Some(1))).then([]);
}

#[test]
fn only_a_confirmed_booking_can_be_missed() {
    let pending = || requested_with(ADAS, "ada", at(9, 0), |e| e.hold_until = Some(at(9, 0)));
    given([opened(), offers(intro()), pending()])
        .at(at(9, 30))
        .when(&mark(None))
        .then_refused(&Refusal::BookingNotActive);
    let off = booked().into_iter().chain([cancelled(ADAS, Party::Guest)]);
    given(off).at(at(9, 30)).when(&mark(None)).then_refused(&Refusal::BookingNotActive);
    given([opened()]).when(&mark(None)).then_refused(&Refusal::BookingNotFound);
}
