//! A host who wants to be asked: holds, answers, expiry (B3).

use chrono::Duration;

use crate::calendar::booking::BookingStatus;
use crate::calendar::command::CalendarCommand as Command;
use crate::calendar::event::{
    BookingCancelled, BookingConfirmed, BookingDeclined, BookingExpired, CalendarEvent, MeetingTypeChanged, Party,
};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::*;
use crate::meeting_type::{MeetingType, Policies};
use crate::text::Description;
use crate::time::Instant;

/// Held for two hours, unless it starts sooner.
fn on_approval() -> MeetingType {
    let policies = Policies { requires_confirmation: true, hold_minutes: 120, ..Policies::default() };
    MeetingType { policies, ..intro() }
}

fn until() -> Instant {
    the_day_before() + Duration::hours(2)
}

/// Held until two hours after the request of the day before.
fn held() -> CalendarEvent {
    requested_with(ADAS, "ada", at(9, 0), |e| e.hold_until = Some(until()))
}

fn pending() -> [CalendarEvent; 3] {
    [opened(), offers(on_approval()), held()]
}

fn and(events: impl IntoIterator<Item = CalendarEvent>, more: CalendarEvent) -> impl Iterator<Item = CalendarEvent> {
    events.into_iter().chain([more])
}

fn confirm(seen: Option<u32>) -> Command {
    Command::ConfirmBooking { booking_id: ADAS, seen }
}

fn decline(seen: Option<u32>) -> Command {
    Command::DeclineBooking { booking_id: ADAS, by: Party::Host, reason: None, seen }
}

const EXPIRE: Command = Command::ExpireBooking { booking_id: ADAS };

fn confirmed_at(confirmed_at: Instant) -> CalendarEvent {
    BookingConfirmed { booking_id: ADAS, confirmed_at }.into()
}

fn declined() -> CalendarEvent {
    BookingDeclined { booking_id: ADAS, by: Party::Host, reason: None, declined_at: the_day_before() }.into()
}

fn expired() -> CalendarEvent {
    BookingExpired { booking_id: ADAS, expired_at: until() }.into()
}

#[test]
fn a_time_is_held_until_the_host_answers_and_never_beyond_the_start() {
    given([opened(), offers(on_approval())]).when(&request(ADAS, "ada", at(9, 0))).then([held()]);
    let soon = requested_with(ADAS, "ada", at(9, 0), |e| {
        (e.requested_at, e.hold_until) = (at(8, 30), Some(at(9, 0)));
    });
    given([opened(), offers(on_approval())]).at(at(8, 30)).when(&request(ADAS, "ada", at(9, 0))).then([soon]);
}

#[test]
fn a_held_time_is_taken() {
    let refusal = given(pending()).when(&request(BOBS, "bob", at(9, 0))).refusal();
    assert!(matches!(refusal, Refusal::SlotUnavailable(_)), "{refusal:?}");
    given(pending()).when(&request(BOBS, "ada", at(9, 0))).then_refused(&Refusal::AlreadyBooked(ADAS));
}

#[test]
fn the_host_confirms_and_the_revision_counts_it() {
    given(pending()).when(&confirm(Some(1))).then([confirmed(ADAS)]);
    let calendar = given(and(pending(), confirmed(ADAS))).calendar;
    let booking = calendar.booking(ADAS).expect("remembered");
    assert_eq!((booking.status, booking.revision, booking.hold_until), (BookingStatus::Confirmed, 2, None));
    given(and(pending(), confirmed(ADAS))).when(&confirm(None)).then([]);
    given(and(pending(), confirmed(ADAS))).when(&confirm(Some(1))).then_refused(&Refusal::StaleRevision { current: 2 });
}

#[test]
fn the_host_declines_and_the_time_is_free_again() {
    given(pending()).when(&decline(Some(1))).then([declined()]);
    given(pending()).when(&decline(Some(2))).then_refused(&Refusal::StaleRevision { current: 1 });
    let over = || given(and(pending(), declined()));
    let booking = over().calendar.booking(ADAS).expect("remembered").clone();
    assert_eq!((booking.status, booking.revision), (BookingStatus::Declined, 2));
    over().when(&request(BOBS, "bob", at(9, 0))).then([requested_with(BOBS, "bob", at(9, 0), |e| {
        e.hold_until = Some(until());
    })]);
    for command in [confirm(None), decline(None), cancel(ADAS), reschedule(ADAS, at(10, 0))] {
        over().when(&command).then_refused(&Refusal::BookingNotActive);
    }
    over().when(&EXPIRE).then([]);
}

#[test]
fn a_reason_for_declining_is_about_the_guest() {
    let reason = Description::parse("on holiday").expect("a reason");
    let command = Command::DeclineBooking { booking_id: ADAS, by: Party::Admin, reason: Some(reason), seen: None };
    let events = given(pending()).when(&command).0.expect("declined");
    let CalendarEvent::BookingDeclined(mut declined) = events[0].clone() else { panic!("{events:?}") };
    assert_eq!(declined.reason.take().expect("a reason").subject(), guest("ada").subject());
    assert_eq!(events[0].clone().personal_fields().len(), 1);
}

#[test]
fn a_confirmed_booking_is_cancelled_not_declined() {
    given(and(pending(), confirmed(ADAS))).when(&decline(None)).then_refused(&Refusal::NotPending);
}

#[test]
fn a_hold_expires_on_time_and_not_before() {
    given(pending()).at(until() - Duration::nanoseconds(1)).when(&EXPIRE).then([]);
    given(pending()).at(until()).when(&EXPIRE).then([expired()]);
    given(and(pending(), confirmed(ADAS))).at(until()).when(&EXPIRE).then([]);
    given(and(pending(), expired())).at(until()).when(&EXPIRE).then([]);
    given(pending()).when(&Command::ExpireBooking { booking_id: BOBS }).then_refused(&Refusal::BookingNotFound);
    let booking = given(and(pending(), expired())).calendar.booking(ADAS).expect("remembered").clone();
    assert_eq!((booking.status, booking.revision), (BookingStatus::Expired, 2));
    given(and(pending(), expired())).at(until()).when(&request(BOBS, "bob", at(9, 0))).0.expect("free again");
}

#[test]
fn a_hold_that_has_run_out_cannot_be_acted_on_even_before_it_is_written_down() {
    for command in [confirm(None), decline(None), cancel(ADAS), reschedule(ADAS, at(10, 0))] {
        given(pending()).at(until()).when(&command).then_refused(&Refusal::BookingNotActive);
    }
    let refusal = given(pending()).at(until()).when(&request(BOBS, "ada", at(9, 0))).refusal();
    assert!(matches!(refusal, Refusal::SlotUnavailable(_)), "a dead hold is nobody's booking: {refusal:?}");
}

#[test]
fn a_guest_who_withdraws_a_pending_booking_cancels_it() {
    given(pending()).when(&cancel(ADAS)).then([cancelled(ADAS, Party::Guest)]);
}

#[test]
fn a_guest_who_moves_asks_again() {
    let later = the_day_before() + Duration::hours(1);
    let moved = |by, hold_until| {
        rescheduled_with(ADAS, (at(9, 0), at(10, 0)), by, |e| (e.hold_until, e.rescheduled_at) = (hold_until, later))
    };
    let again = Some(later + Duration::hours(2));
    given(pending()).at(later).when(&reschedule(ADAS, at(10, 0))).then([moved(Party::Guest, again)]);
    let firm = || and(pending(), confirmed(ADAS));
    given(firm()).at(later).when(&reschedule(ADAS, at(10, 0))).then([moved(Party::Guest, again)]);
    let calendar = given(and(firm(), moved(Party::Guest, again))).calendar;
    let booking = calendar.booking(ADAS).expect("remembered");
    assert_eq!((booking.status, booking.hold_until, booking.revision), (BookingStatus::Pending, again, 3));

    given(firm()).at(later).when(&reschedule_by(ADAS, at(10, 0), Party::Host)).then([moved(Party::Host, None)]);
    let calendar = given(and(firm(), moved(Party::Host, None))).calendar;
    assert_eq!(calendar.booking(ADAS).expect("remembered").status, BookingStatus::Confirmed);
}

#[test]
fn a_host_who_moves_a_pending_booking_has_no_longer_to_answer_it() {
    let to =
        |start, hold_until| rescheduled_with(ADAS, (at(9, 0), start), Party::Host, |e| e.hold_until = Some(hold_until));
    given(pending()).when(&reschedule_by(ADAS, at(10, 0), Party::Host)).then([to(at(10, 0), until())]);
    let sooner = the_day_before() + Duration::hours(1);
    given(pending()).when(&reschedule_by(ADAS, sooner, Party::Host)).then([to(sooner, sooner)]);
}

#[test]
fn a_pending_booking_stays_so_when_its_type_no_longer_asks() {
    let free = MeetingType { policies: Policies::default(), ..on_approval() };
    let changed = || and(pending(), MeetingTypeChanged { meeting_type: free.clone() }.into());
    let moved = rescheduled_with(ADAS, (at(9, 0), at(10, 0)), Party::Guest, |e| e.hold_until = Some(until()));
    given(changed()).when(&reschedule(ADAS, at(10, 0))).then([moved]);
    given(changed()).when(&confirm(None)).then([confirmed(ADAS)]);
}

#[test]
fn what_is_confirmed_is_completed_once_it_is_over_and_nothing_else_is() {
    let booking = |events: Vec<CalendarEvent>| given(events).calendar.booking(ADAS).expect("remembered").clone();
    let firm = booking(and(pending(), confirmed_at(until())).collect());
    assert_eq!(firm.status_at(at(9, 29)), BookingStatus::Confirmed);
    assert_eq!(firm.status_at(at(9, 30)), BookingStatus::Completed);
    assert_eq!(booking(pending().into()).status_at(at(9, 30)), BookingStatus::Pending);
    let off = BookingCancelled { booking_id: ADAS, by: Party::Host, reason: None, cancelled_at: until() };
    assert_eq!(booking(and(pending(), off.into()).collect()).status_at(at(9, 30)), BookingStatus::Cancelled);
}
