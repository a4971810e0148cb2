//! Several guests who share a session (B2).

use crate::calendar::event::{CalendarEvent, MeetingTypeChanged, Party};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::*;
use crate::ids::{BookingId, SessionId};
use crate::meeting_type::{Kind, Limits, MeetingType, Terms};
use crate::time::Instant;
use uuid::Uuid;

fn class(capacity: u16) -> MeetingType {
    MeetingType { kind: Kind::Group, terms: Terms { capacity, ..intro().terms }, ..intro() }
}

const CYS: BookingId = BookingId(Uuid::from_u128(40));
const OF_ADA: SessionId = SessionId(ADAS.0);

fn joined(booking: BookingId, who: &str, start: Instant, session: SessionId) -> CalendarEvent {
    requested_with(booking, who, start, |e| e.session_id = session)
}

fn two_of(capacity: u16) -> impl Iterator<Item = CalendarEvent> {
    let events = [opened(), offers(class(capacity)), requested(ADAS, "ada", at(9, 0)), confirmed(ADAS)];
    events.into_iter().chain([joined(BOBS, "bob", at(9, 0), OF_ADA), confirmed(BOBS)])
}

#[test]
fn the_first_guest_opens_a_session_and_the_next_joins_it() {
    given([opened(), offers(class(2))])
        .when(&request(ADAS, "ada", at(9, 0)))
        .then([requested(ADAS, "ada", at(9, 0)), confirmed(ADAS)]);
    given([opened(), offers(class(2)), requested(ADAS, "ada", at(9, 0)), confirmed(ADAS)])
        .when(&request(BOBS, "bob", at(9, 0)))
        .then([joined(BOBS, "bob", at(9, 0), OF_ADA), confirmed(BOBS)]);
}

#[test]
fn the_last_seat_is_not_sold_twice_and_comes_back_when_it_is_given_up() {
    let refusal = given(two_of(2)).when(&request(CYS, "cy", at(9, 0))).refusal();
    assert!(matches!(refusal, Refusal::SlotUnavailable(_)), "{refusal:?}");
    given(two_of(2).chain([cancelled(ADAS, Party::Guest)]))
        .when(&request(CYS, "cy", at(9, 0)))
        .then([joined(CYS, "cy", at(9, 0), OF_ADA), confirmed(CYS)]);
}

#[test]
fn a_session_is_joined_at_its_own_start_even_off_the_grid_and_nothing_overlaps_it() {
    let coarser = MeetingType { terms: Terms { slot_interval_minutes: 60, ..class(3).terms }, ..class(3) };
    let events = [opened(), offers(class(3)), requested(ADAS, "ada", at(9, 30)), confirmed(ADAS)];
    let events = events.into_iter().chain([MeetingTypeChanged { meeting_type: coarser }.into()]);
    given(events)
        .when(&request(BOBS, "bob", at(9, 30)))
        .then([joined(BOBS, "bob", at(9, 30), OF_ADA), confirmed(BOBS)]);
    let longer = MeetingType { terms: Terms { duration_minutes: 60, ..class(3).terms }, ..class(3) };
    let events = two_of(3).chain([MeetingTypeChanged { meeting_type: longer }.into()]);
    let refusal = given(events).when(&request(CYS, "cy", at(8, 30) + chrono::Duration::minutes(30))).0;
    let joins = joined(CYS, "cy", at(9, 0), OF_ADA);
    assert_eq!(refusal, Ok(vec![joins, confirmed(CYS)]), "a session keeps the length with which it was booked");
}

#[test]
fn a_limit_refuses_nobody_a_free_seat_but_every_new_session() {
    let limits = Limits { max_bookings_per_day: Some(1), ..Limits::default() };
    let limited = MeetingType { terms: Terms { limits, ..class(3).terms }, ..class(3) };
    let events = || two_of(3).chain([MeetingTypeChanged { meeting_type: limited.clone() }.into()]);
    given(events()).when(&request(CYS, "cy", at(9, 0))).then([joined(CYS, "cy", at(9, 0), OF_ADA), confirmed(CYS)]);
    given(events()).when(&request(CYS, "cy", at(10, 0))).then_refused(&Refusal::MaxBookingsReached);
}

#[test]
fn the_same_guest_takes_a_second_seat_only_with_a_request_of_its_own() {
    given(two_of(3)).when(&request(CYS, "ada", at(9, 0))).then_refused(&Refusal::AlreadyBooked(ADAS));
}

#[test]
fn whoever_leaves_a_session_opens_a_fresh_one_and_never_takes_its_id_along() {
    let away = rescheduled_with(ADAS, (at(9, 0), at(10, 0)), Party::Guest, |e| e.session_id = FRESH);
    given(two_of(3)).when(&reschedule(ADAS, at(10, 0))).then([away.clone()]);
    // Bob is still in the session that bears the id of Ada's booking, and she may come back to him.
    let apart = || two_of(3).chain([away.clone()]);
    let back = rescheduled_with(ADAS, (at(10, 0), at(9, 0)), Party::Guest, |e| e.session_id = OF_ADA);
    given(apart()).when(&reschedule(ADAS, at(9, 0))).then([back]);
    let follows = rescheduled_with(BOBS, (at(9, 0), at(10, 0)), Party::Guest, |e| e.session_id = FRESH);
    given(apart()).when(&reschedule(BOBS, at(10, 0))).then([follows]);
}

#[test]
fn a_booking_that_was_a_group_s_still_leaves_its_session_behind_when_the_type_is_no_longer_one() {
    let alone = MeetingTypeChanged { meeting_type: intro() };
    let events = two_of(3).chain([alone.into()]);
    let away = rescheduled_with(BOBS, (at(9, 0), at(10, 0)), Party::Guest, |e| e.session_id = FRESH);
    given(events).when(&reschedule(BOBS, at(10, 0))).then([away]);
}
