//! Meetings that come again, as one command (B7).

use chrono::{Duration, TimeZone, Utc};
use uuid::Uuid;

use crate::calendar::command::{CalendarCommand as Command, RequestSeries};
use crate::calendar::event::{CalendarEvent, DateOverrideSet, TimeZoneChanged};
use crate::calendar::recurrence::{Frequency, Recurrence};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::*;
use crate::ids::{BookingId, SeriesId};
use crate::meeting_type::{BookingWindow, Limits, MeetingType, Policies, Terms};
use crate::slots::NotOffered;
use crate::time::Instant;

const SERIES: SeriesId = SeriesId(Uuid::from_u128(50));

fn id(number: u16) -> BookingId {
    BookingId(Uuid::from_u128(100 + u128::from(number)))
}

fn every(frequency: Frequency, interval: u16, count: u16) -> Recurrence {
    Recurrence { frequency, interval, count }
}

fn request_series(start: Instant, recurrence: Recurrence) -> Command {
    Command::RequestSeries(Box::new(RequestSeries {
        series_id: SERIES,
        meeting_type_id: INTRO,
        start,
        recurrence,
        booking_ids: (0..recurrence.count).map(id).collect(),
        guest: guest("ada"),
        guest_time_zone: "Europe/Berlin".parse().expect("a zone"),
    }))
}

fn in_series(number: u16, start: Instant) -> CalendarEvent {
    requested_with(id(number), "ada", start, |e| e.series_id = Some(SERIES))
}

fn starts(answer: Answer) -> Vec<Instant> {
    let requested = |event: CalendarEvent| match event {
        CalendarEvent::BookingRequested(e) => Some(e.start),
        _ => None,
    };
    answer.0.expect("booked").into_iter().filter_map(requested).collect()
}

#[test]
fn every_meeting_of_a_series_is_booked_and_knows_its_series() {
    let week = Duration::weeks(1);
    given([opened(), offers(intro())]).when(&request_series(at(9, 0), every(Frequency::Weekly, 1, 2))).then([
        in_series(0, at(9, 0)),
        confirmed(id(0)),
        in_series(1, at(9, 0) + week),
        confirmed(id(1)),
    ]);
    let calendar = given([in_series(0, at(9, 0))]).calendar;
    assert_eq!(calendar.booking(id(0)).expect("remembered").series, Some(SERIES));
    let every_other_day = request_series(at(9, 0), every(Frequency::Daily, 2, 2));
    let days = [at(9, 0), at(9, 0) + Duration::days(2)];
    assert_eq!(starts(given([opened(), offers(intro())]).when(&every_other_day)), days);
}

#[test]
fn a_series_keeps_the_hosts_wall_clock_when_the_clock_changes() {
    let berlin = TimeZoneChanged { time_zone: "Europe/Berlin".parse().expect("a zone") };
    let far = Terms { booking_window: BookingWindow::RollingDays { days: 365 }, ..intro().terms };
    let events = || [opened(), berlin.clone().into(), offers(MeetingType { terms: far, ..intro() })];
    // Tuesdays at 10:00 in Berlin; clocks go forward on 28 March 2027.
    let utc = |month, day, hour| Utc.with_ymd_and_hms(2027, month, day, hour, 0, 0).single().expect("an instant");
    let command = request_series(utc(3, 23, 9), every(Frequency::Weekly, 1, 3));
    assert_eq!(starts(given(events()).when(&command)), [utc(3, 23, 9), utc(3, 30, 8), utc(4, 6, 8)]);
}

#[test]
fn a_time_that_the_clock_skips_is_the_moment_of_the_change_and_one_shown_twice_is_the_first() {
    let zones = crate::zone::HostZones::home("Europe/Berlin".parse().expect("a zone"));
    let at = |text: &str| text.parse::<Instant>().expect("an instant");
    let daily = every(Frequency::Daily, 1, 3);
    let spring = ["2027-03-27T01:30:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"];
    assert_eq!(daily.starts(at(spring[0]), &zones), spring.map(at));
    let autumn = ["2027-10-30T00:30:00Z", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"];
    assert_eq!(daily.starts(at(autumn[0]), &zones), autumn.map(at));
}

#[test]
fn a_series_that_meets_something_is_refused_as_a_whole_and_every_conflict_named() {
    let (week, command) = (Duration::weeks(1), request_series(at(9, 0), every(Frequency::Weekly, 1, 4)));
    let closed = (at(9, 0) + week * 2).date_naive();
    let events = [opened(), offers(intro()), requested(BOBS, "bob", at(9, 0) + week), confirmed(BOBS)];
    let events =
        events.into_iter().chain([DateOverrideSet { schedule_id: SCHEDULE, date: closed, windows: Vec::new() }.into()]);
    let Refusal::SeriesConflicts(conflicts) = given(events).when(&command).refusal() else { panic!("not refused") };
    assert_eq!(conflicts.len(), 2);
    assert_eq!(conflicts[0].0, at(9, 0) + week);
    assert!(matches!(*conflicts[0].1, Refusal::SlotUnavailable(ref free) if !free.is_empty()));
    let outside = Refusal::InvalidTimeSlot(NotOffered::OutsideHours);
    assert_eq!(conflicts[1], (at(9, 0) + week * 2, Box::new(outside)));
}

#[test]
fn limits_count_the_meetings_of_the_series_itself() {
    let limits = Limits { max_bookings_per_week: Some(2), ..Limits::default() };
    let limited = MeetingType { terms: Terms { limits, ..intro().terms }, ..intro() };
    let command = request_series(at(9, 0), every(Frequency::Daily, 1, 3));
    let refusal = given([opened(), offers(limited)]).when(&command).refusal();
    let third = (at(9, 0) + Duration::days(2), Box::new(Refusal::MaxBookingsReached));
    assert_eq!(refusal, Refusal::SeriesConflicts(vec![third]));
}

#[test]
fn a_series_on_approval_is_held_meeting_by_meeting() {
    let policies = Policies { requires_confirmation: true, ..Policies::default() };
    let command = request_series(at(9, 0), every(Frequency::Weekly, 1, 2));
    let events = given([opened(), offers(MeetingType { policies, ..intro() })]).when(&command).0.expect("held");
    let until = Some(the_day_before() + Duration::days(1));
    for event in &events {
        assert!(matches!(event, CalendarEvent::BookingRequested(e) if e.hold_until == until), "{event:?}");
    }
    assert_eq!(events.len(), 2);
}

#[test]
fn a_series_that_nobody_can_mean_is_refused_by_field() {
    let fields = |command: &Command| match given([opened(), offers(intro())]).when(command).refusal() {
        Refusal::Invalid(rules) => rules.into_iter().map(|rule| rule.field.into_owned()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let nothing = request_series(at(9, 0), every(Frequency::Weekly, 0, 1));
    assert_eq!(fields(&nothing), ["recurrence.interval", "recurrence.count"]);
    let Command::RequestSeries(mut short) = request_series(at(9, 0), every(Frequency::Weekly, 1, 2)) else {
        unreachable!()
    };
    short.booking_ids.pop();
    assert_eq!(fields(&Command::RequestSeries(short)), ["booking_ids"]);
    let command = request_series(at(9, 0), every(Frequency::Weekly, 1, 2));
    given([opened()]).when(&command).then_refused(&Refusal::MeetingTypeNotFound);
    let inactive = MeetingType { is_active: false, ..intro() };
    given([opened(), offers(inactive)]).when(&command).then_refused(&Refusal::MeetingTypeInactive);
}
