use crate::calendar::HostCalendar;
use crate::calendar::booking::BookingStatus;
use crate::calendar::command::CalendarCommand;
use crate::calendar::event::{
    BookingConfirmed, BookingRequested, CalendarEvent, MeetingTypeChanged, MeetingTypeRemoved, Party,
};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::*;
use crate::ids::BookingId;
use crate::meeting_type::{Limits, MeetingType, Terms};
use crate::time::instant;
use chrono::Duration;
use uuid::Uuid;

fn booked() -> [CalendarEvent; 4] {
    [opened(), offers(intro()), requested(ADAS, "ada", at(9, 0)), confirmed(ADAS)]
}

fn starts(refusal: Refusal) -> Vec<crate::time::Instant> {
    match refusal {
        Refusal::SlotUnavailable(slots) => slots.iter().map(|s| instant(s.during.start())).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_offered_time_is_requested_and_confirmed_at_once() {
    given([opened(), offers(intro())])
        .when(&request(ADAS, "ada", at(9, 0)))
        .then([requested(ADAS, "ada", at(9, 0)), confirmed(ADAS)]);
}

#[test]
fn a_taken_time_is_refused_with_the_nearest_alternatives() {
    let refusal = given(booked()).when(&request(BOBS, "bob", at(9, 0))).refusal();
    assert_eq!(starts(refusal), [at(9, 30), at(10, 0), at(10, 30), at(11, 0), at(11, 30)]);
}

#[test]
fn a_time_next_to_a_booking_is_free() {
    let answer = given(booked()).when(&request(BOBS, "bob", at(9, 30)));
    assert!(answer.0.is_ok(), "{answer:?}");
}

#[test]
fn two_meeting_types_of_one_host_share_the_hosts_time() {
    let long = MeetingType {
        id: crate::ids::MeetingTypeId(Uuid::from_u128(9)),
        slug: crate::text::Slug::parse("long").expect("a slug"),
        terms: Terms { slot_interval_minutes: 30, ..Terms::one_on_one(60) },
        ..intro()
    };
    let mut command = request(BOBS, "bob", at(8, 30) + Duration::minutes(30));
    if let CalendarCommand::RequestBooking(request) = &mut command {
        request.meeting_type_id = long.id;
    }
    let refusal = given(booked().into_iter().chain([offers(long)])).when(&command).refusal();
    assert!(matches!(refusal, Refusal::SlotUnavailable(_)), "{refusal:?}");
}

#[test]
fn a_time_off_the_grid_outside_the_hours_or_in_the_past_is_no_slot() {
    for (now, start) in [
        (the_day_before(), at(9, 10)),
        (the_day_before(), at(8, 30)),
        (the_day_before(), at(17, 0)),
        (at(10, 0), at(9, 30)),
        (the_day_before(), at(9, 0) + Duration::days(61)),
        (the_day_before(), at(9, 0) + Duration::seconds(1)),
        (the_day_before(), at(9, 0) + Duration::milliseconds(500)),
    ] {
        let refusal = given([opened(), offers(intro())]).at(now).when(&request(ADAS, "ada", start)).refusal();
        assert!(matches!(refusal, Refusal::InvalidTimeSlot(_)), "{start}: {refusal:?}");
    }
}

#[test]
fn refusals_come_in_the_order_inactive_then_slot_then_limit_then_taken() {
    let limited = MeetingType {
        terms: Terms { limits: Limits { max_bookings_per_day: Some(1), ..Limits::default() }, ..intro().terms },
        ..intro()
    };
    let inactive = MeetingType { is_active: false, ..limited.clone() };
    let full_day = || [opened(), offers(limited.clone()), requested(ADAS, "ada", at(9, 0)), confirmed(ADAS)];
    let switched_off = full_day().into_iter().chain([MeetingTypeChanged { meeting_type: inactive }.into()]);

    given(switched_off).when(&request(BOBS, "bob", at(8, 59))).then_refused(&Refusal::MeetingTypeInactive);
    let off_grid = given(full_day()).when(&request(BOBS, "bob", at(9, 1))).refusal();
    assert!(matches!(off_grid, Refusal::InvalidTimeSlot(_)), "{off_grid:?}");
    given(full_day()).when(&request(BOBS, "bob", at(9, 0))).then_refused(&Refusal::MaxBookingsReached);
    assert!(!starts(given(booked()).when(&request(BOBS, "bob", at(9, 0))).refusal()).is_empty());
}

#[test]
fn the_same_guest_asking_again_without_a_key_is_told_of_their_booking() {
    given(booked()).when(&request(BOBS, "ada", at(9, 0))).then_refused(&Refusal::AlreadyBooked(ADAS));
}

#[test]
fn the_same_guest_asking_again_with_another_key_meets_a_taken_time() {
    let mut again = request(BOBS, "ada", at(9, 0));
    if let CalendarCommand::RequestBooking(request) = &mut again {
        request.repeat_is_duplicate = false;
    }
    assert!(!starts(given(booked()).when(&again).refusal()).is_empty());
}

#[test]
fn an_unknown_meeting_type_cannot_be_booked() {
    given([opened()]).when(&request(ADAS, "ada", at(9, 0))).then_refused(&Refusal::MeetingTypeNotFound);
}

#[test]
fn a_calendar_that_nobody_opened_takes_no_bookings() {
    given([]).when(&request(ADAS, "ada", at(9, 0))).then_refused(&Refusal::CalendarNotOpen);
}

#[test]
fn a_booking_moves_to_a_free_time_and_may_overlap_its_own_old_one() {
    given(booked()).when(&reschedule(ADAS, at(9, 30))).then([rescheduled(ADAS, at(9, 0), at(9, 30), Party::Guest)]);
    let finer = MeetingType { terms: Terms { slot_interval_minutes: 15, ..intro().terms }, ..intro() };
    given([opened(), offers(finer), requested(ADAS, "ada", at(9, 0)), confirmed(ADAS)])
        .when(&reschedule(ADAS, at(9, 15)))
        .then([rescheduled(ADAS, at(9, 0), at(9, 15), Party::Guest)]);
}

#[test]
fn moving_a_booking_to_where_it_is_changes_nothing() {
    given(booked()).when(&reschedule(ADAS, at(9, 0))).then([]);
}

#[test]
fn a_booking_cannot_move_onto_another() {
    let two = booked().into_iter().chain([requested(BOBS, "bob", at(10, 0)), confirmed(BOBS)]);
    let refusal = given(two).when(&reschedule(BOBS, at(9, 0))).refusal();
    assert!(starts(refusal).contains(&at(10, 0)), "its own time is free to move back to");
}

#[test]
fn a_booking_whose_meeting_type_is_gone_stays_but_cannot_move() {
    let gone = || booked().into_iter().chain([MeetingTypeRemoved { meeting_type_id: INTRO }.into()]);
    given(gone()).when(&reschedule(ADAS, at(10, 0))).then_refused(&Refusal::MeetingTypeInactive);
    given(gone()).when(&cancel(ADAS)).then([cancelled(ADAS, Party::Guest)]);
}

#[test]
fn a_started_booking_can_be_neither_cancelled_nor_moved() {
    given(booked()).at(at(9, 0)).when(&cancel(ADAS)).then_refused(&Refusal::AlreadyStarted);
    given(booked()).at(at(9, 10)).when(&reschedule(ADAS, at(10, 0))).then_refused(&Refusal::AlreadyStarted);
}

#[test]
fn a_cancelled_booking_is_over_and_frees_its_time() {
    let over = || booked().into_iter().chain([cancelled(ADAS, Party::Host)]);
    given(over()).when(&cancel(ADAS)).then_refused(&Refusal::BookingNotActive);
    given(over()).when(&reschedule(ADAS, at(10, 0))).then_refused(&Refusal::BookingNotActive);
    given(over()).when(&request(BOBS, "bob", at(9, 0))).then([requested(BOBS, "bob", at(9, 0)), confirmed(BOBS)]);
    given(over()).when(&request(BOBS, "ada", at(9, 0))).then([requested(BOBS, "ada", at(9, 0)), confirmed(BOBS)]);
}

#[test]
fn an_unknown_booking_is_not_found() {
    given(booked()).when(&cancel(BOBS)).then_refused(&Refusal::BookingNotFound);
}

#[test]
fn acting_on_an_old_revision_is_refused_and_the_current_one_named() {
    let moved = || booked().into_iter().chain([rescheduled(ADAS, at(9, 0), at(10, 0), Party::Host)]);
    let cancel = |seen| CalendarCommand::CancelBooking { booking_id: ADAS, by: Party::Guest, reason: None, seen };
    given(moved()).when(&cancel(Some(1))).then_refused(&Refusal::StaleRevision { current: 2 });
    given(moved()).when(&cancel(Some(2))).then([cancelled(ADAS, Party::Guest)]);
}

#[test]
fn a_later_change_of_the_buffers_does_not_move_those_of_earlier_bookings() {
    let buffered = MeetingType { terms: Terms { buffer_after_minutes: 30, ..intro().terms }, ..intro() };
    let events = booked().into_iter().chain([MeetingTypeChanged { meeting_type: buffered }.into()]);
    let answer = given(events).when(&request(BOBS, "bob", at(9, 30)));
    assert!(answer.0.is_ok(), "{answer:?}");
}

#[test]
fn the_revision_counts_commands_and_the_state_forgets_bookings_35_days_after_their_end() {
    let calendar = given(booked()).calendar;
    let booking = calendar.booking(ADAS).expect("remembered");
    assert_eq!((booking.revision, booking.status), (1, BookingStatus::Confirmed));

    let later = |days: i64| {
        let (booking_id, now) = (BookingId(Uuid::from_u128(77)), at(9, 0) + Duration::days(days));
        let CalendarEvent::BookingRequested(first) = requested(booking_id, "bob", now + Duration::days(1)) else {
            unreachable!()
        };
        let events: [CalendarEvent; 2] = [
            BookingRequested { requested_at: now, ..first }.into(),
            BookingConfirmed { booking_id, confirmed_at: now }.into(),
        ];
        let mut calendar: HostCalendar = calendar.clone();
        for event in &events {
            calendar.evolve(event);
        }
        calendar
    };
    assert!(later(34).booking(ADAS).is_some());
    let forgotten = later(36);
    assert!(forgotten.booking(ADAS).is_none());
    assert_eq!(forgotten.availability().reservations.len(), 1);
    assert_eq!(forgotten.version(), 6);
}
