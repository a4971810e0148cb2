use chrono::Duration;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Cause, Explanation};
use crate::calendar::event::{
    BookingRescheduled, CalendarEvent, DateOverrideRemoved, DateOverrideSet, DefaultScheduleChosen, MeetingTypeChanged,
    Party, ScheduleAdded, TimeZoneChanged, TimeZoneChangesAnnounced, WeeklyRulesReplaced,
};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::*;
use crate::ids::{BookingId, ScheduleId, SessionId};
use crate::meeting_type::{BookingWindow, Kind, Limits, MeetingType, Terms};
use crate::schedule::{Hours, LocalTime, Window};
use crate::text::Name;
use crate::time::{Instant, Interval};
use crate::zone::{HostZones, TimeZoneChange};

fn explain_at(now: Instant, events: &[CalendarEvent], start: Instant) -> Explanation {
    let calendar = given(events.to_vec()).calendar;
    let availability = calendar.availability();
    availability.explain(availability.settings.meeting_type(INTRO).expect("offered"), start, now)
}

fn explain(events: &[CalendarEvent], start: Instant) -> Explanation {
    explain_at(the_day_before(), events, start)
}

/// Each reason's code with the place of the event that caused it.
fn traced(explanation: &Explanation, events: &[CalendarEvent]) -> Vec<(&'static str, Option<usize>)> {
    let place = |cause: &Cause| events.iter().rposition(|event| cause.is_caused_by(event));
    explanation.reasons.iter().map(|reason| (reason.code, place(&reason.cause))).collect()
}

#[track_caller]
fn against(events: &[CalendarEvent], start: Instant, expected: &[(&'static str, Option<usize>)]) -> Vec<String> {
    let explanation = explain(events, start);
    assert!(!explanation.available, "{explanation:?}");
    assert_eq!(traced(&explanation, events), expected);
    explanation.reasons.into_iter().map(|reason| reason.message).collect()
}

fn window(from: u16, to: u16) -> Window {
    let time = |hour: u16| LocalTime::from_minutes(hour * 60).expect("a time");
    Window { start_time: time(from), end_time: time(to) }
}

fn on_that_day(windows: Vec<Window>) -> CalendarEvent {
    DateOverrideSet { schedule_id: SCHEDULE, date: at(0, 0).date_naive(), windows }.into()
}

fn with(change: impl FnOnce(&mut Terms)) -> MeetingType {
    let mut meeting_type = intro();
    change(&mut meeting_type.terms);
    meeting_type
}

#[test]
fn an_open_time_names_the_rule_that_opens_it() {
    let events = [opened(), offers(intro())];
    let explanation = explain(&events, at(9, 0));
    assert!(explanation.available);
    assert_eq!(traced(&explanation, &events), [("open", Some(0))]);
    assert_eq!(explanation.reasons[0].message, "the hours on Tuesdays are 09:00 to 17:00");
    // Monday's rule alone is another one, so Tuesday's still stems from where it was said.
    let tuesday = Hours::office().rules[1];
    let replaced = |rules| CalendarEvent::from(WeeklyRulesReplaced { schedule_id: SCHEDULE, rules });
    let events = [opened(), offers(intro()), replaced(vec![tuesday])];
    assert_eq!(traced(&explain(&events, at(9, 0)), &events), [("open", Some(2))]);
}

#[test]
fn an_override_opens_and_closes() {
    let events = [opened(), offers(intro()), on_that_day(vec![window(18, 20)])];
    let explanation = explain(&events, at(18, 0));
    assert_eq!(traced(&explanation, &events), [("open", Some(2))]);
    assert_eq!(explanation.reasons[0].message, "the hours of 2027-01-12 are 18:00 to 20:00");
    let said = against(&events, at(9, 0), &[("outside_hours", Some(2))]);
    assert_eq!(said, ["the hours of 2027-01-12 are 18:00 to 20:00"]);
    let closed = [opened(), offers(intro()), on_that_day(Vec::new())];
    assert_eq!(against(&closed, at(9, 0), &[("outside_hours", Some(2))]), ["2027-01-12 is closed"]);
    let reopened = DateOverrideRemoved { schedule_id: SCHEDULE, date: at(0, 0).date_naive() };
    let again = [opened(), offers(intro()), on_that_day(vec![window(18, 20)]), reopened.into()];
    against(&again, at(18, 0), &[("outside_hours", Some(3))]);
}

#[test]
fn a_time_outside_the_weekly_hours_names_them() {
    let events = [opened(), offers(intro())];
    let said = against(&events, at(8, 0), &[("outside_hours", Some(0))]);
    assert_eq!(said, ["the hours on Tuesdays are 09:00 to 17:00"]);
    let saturday = at(9, 0) + Duration::days(4);
    assert_eq!(against(&events, saturday, &[("outside_hours", Some(0))]), ["the hours on Saturdays are none"]);
}

#[test]
fn choosing_another_default_schedule_is_what_closes_a_time() {
    let evenings = ScheduleId(Uuid::from_u128(60));
    let name = Name::parse("Evenings").expect("a name");
    let added = ScheduleAdded { schedule_id: evenings, name, hours: Hours::default() };
    let chosen = DefaultScheduleChosen { schedule_id: evenings };
    let events = [opened(), offers(intro()), added.clone().into(), chosen.clone().into()];
    against(&events, at(9, 0), &[("outside_hours", Some(3))]);
    // A type that names its schedule does not care which one is the default.
    let named = MeetingType { schedule_id: Some(SCHEDULE), ..intro() };
    let events = [opened(), offers(named), added.into(), chosen.into()];
    assert!(explain(&events, at(9, 0)).available);
    against(&events, at(8, 0), &[("outside_hours", Some(0))]);
}

#[test]
fn times_beyond_all_calendars_are_explained_too() {
    for far in [chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::<chrono::Utc>::MAX_UTC] {
        assert!(!explain(&[opened(), offers(intro())], far).available);
    }
}

#[test]
fn a_traveller_s_clock_is_named() {
    let trip = TimeZoneChange {
        from_date: at(0, 0).date_naive(),
        to_date: Some(at(0, 0).date_naive()),
        time_zone: "Asia/Tokyo".parse().expect("a zone"),
    };
    let events = [opened(), offers(intro()), TimeZoneChangesAnnounced { time_zone_changes: vec![trip] }.into()];
    let said = against(&events, at(12, 0), &[("outside_hours", Some(0)), ("time_zone_change", Some(2))]);
    assert_eq!(said[1], "on 2027-01-12 the host's clock is that of Asia/Tokyo");
}

#[test]
fn notice_booking_window_grid_and_switch_are_the_meeting_types() {
    let switched = MeetingType { is_active: false, ..with(|t| t.slot_interval_minutes = 60) };
    let events = [opened(), offers(intro()), MeetingTypeChanged { meeting_type: switched }.into()];
    against(&events, at(9, 30), &[("meeting_type_inactive", Some(2)), ("off_the_grid", Some(2))]);
    let notice = with(|t| t.minimum_notice_minutes = 24 * 60 + 1);
    against(&[opened(), offers(notice)], at(9, 0), &[("too_soon", Some(1))]);
    let near = with(|t| t.booking_window = BookingWindow::RollingDays { days: 0 });
    let said = against(&[opened(), offers(near)], at(9, 0), &[("outside_booking_window", Some(1))]);
    assert_eq!(said, ["2027-01-12 cannot be booked: that is possible up to 0 days ahead"]);
    let past = explain_at(at(10, 0), &[opened(), offers(intro())], at(9, 0));
    assert_eq!((past.available, past.reasons[0].code, &past.reasons[0].cause), (false, "in_the_past", &Cause::Clock));
    let buffered = with(|t| t.buffer_before_minutes = 30);
    against(&[opened(), offers(buffered)], at(9, 0), &[("buffers_outside_hours", Some(1))]);
    against(&[opened(), offers(intro())], at(9, 0) + Duration::milliseconds(1), &[("off_the_grid", Some(1))]);
}

#[test]
fn a_booking_and_its_buffers_are_named_with_the_event_that_took_the_time() {
    let buffered = with(|t| t.buffer_after_minutes = 10);
    let booked = requested_with(ADAS, "ada", at(9, 0), |e| e.buffer_after_minutes = 10);
    let events = [opened(), offers(buffered.clone()), booked.clone(), confirmed(ADAS)];
    let said = against(&events, at(9, 0), &[("booked", Some(2))]);
    assert_eq!(said, ["a meeting takes place from 09:00 to 09:30 on 2027-01-12"]);
    against(&events, at(9, 30), &[("buffer", Some(2))]);
    let moved = |previous, start| {
        CalendarEvent::from(BookingRescheduled {
            booking_id: ADAS,
            session_id: SessionId::from(ADAS),
            meeting_type_id: INTRO,
            previous_start: previous,
            start,
            end: start + Duration::minutes(30),
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            hold_until: None,
            by: Party::Host,
            reason: None,
            rescheduled_at: the_day_before(),
        })
    };
    let events = [opened(), offers(intro()), booked, confirmed(ADAS), moved(at(9, 0), at(11, 0))];
    against(&events, at(11, 0), &[("booked", Some(4))]);
    assert!(explain(&events, at(9, 0)).available);
}

#[test]
fn everything_that_stands_against_a_time_is_named() {
    let busy = [requested(ADAS, "ada", at(16, 30)), requested(BOBS, "bob", at(17, 0))];
    let long = with(|t| (t.duration_minutes, t.buffer_after_minutes) = (60, 10));
    let [first, second] = busy;
    let events = [opened(), offers(long), first, second];
    against(&events, at(16, 30), &[("outside_hours", Some(0)), ("booked", Some(2)), ("booked", Some(3))]);
}

#[test]
fn a_limit_names_the_last_booking_that_used_it_up() {
    let two = [requested(ADAS, "ada", at(9, 0)), requested(BOBS, "bob", at(10, 0))];
    for (code, limits) in [
        ("max_bookings_per_day", Limits { max_bookings_per_day: Some(2), ..Limits::default() }),
        ("max_bookings_per_week", Limits { max_bookings_per_week: Some(2), ..Limits::default() }),
        ("max_minutes_per_day", Limits { max_minutes_per_day: Some(60), ..Limits::default() }),
    ] {
        let events: Vec<_> = [opened(), offers(with(|t| t.limits = limits))].into_iter().chain(two.clone()).collect();
        against(&events, at(12, 0), &[(code, Some(3))]);
    }
    let never = with(|t| t.limits.max_minutes_per_day = Some(10));
    against(&[opened(), offers(never)], at(12, 0), &[("max_minutes_per_day", Some(1))]);
}

#[test]
fn a_session_says_how_many_seats_are_left_and_who_took_the_last() {
    let class = MeetingType { kind: Kind::Group, ..with(|t| t.capacity = 2) };
    let joins = requested_with(BOBS, "bob", at(9, 0), |e| e.session_id = SessionId::from(ADAS));
    let events = [opened(), offers(class), requested(ADAS, "ada", at(9, 0)), joins];
    let explanation = explain(&events[..3], at(9, 0));
    assert!(explanation.available);
    assert_eq!(traced(&explanation, &events[..3]), [("open", Some(0)), ("seats_left", Some(2))]);
    assert_eq!(explanation.reasons[1].message, "seats left: 1");
    against(&events, at(9, 0), &[("session_full", Some(3))]);
}

#[test]
fn a_reason_is_json() {
    let events = [opened(), offers(intro())];
    let json = serde_json::to_value(explain(&events, at(8, 0))).expect("JSON");
    assert_eq!(json["available"], false);
    assert_eq!(json["reasons"][0]["code"], "outside_hours");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_time_is_explained_as_available_exactly_if_it_is_accepted(
        zone in proptest::sample::select(vec!["Etc/UTC", "Europe/Berlin", "America/St_Johns"]),
        busy in proptest::collection::vec((0..40_i64, 0..3_u16, 1..3_u16), 0..8),
        (notice, buffer, capacity, interval) in (0..2_000_u32, 0..30_u16, 1..3_u16, proptest::sample::select(vec![20_u16, 30])),
        (per_day, within) in (proptest::option::of(1..4_u16), any::<bool>()),
        closed in any::<bool>(),
    ) {
        let terms = |t: &mut Terms| {
            (t.minimum_notice_minutes, t.buffer_after_minutes, t.capacity) = (notice, buffer, capacity);
            (t.slot_interval_minutes, t.buffers_within_hours, t.limits.max_bookings_per_day) = (interval, within, per_day);
        };
        let kind = if capacity > 1 { Kind::Group } else { Kind::OneOnOne };
        let home = TimeZoneChanged { time_zone: zone.parse().expect("a zone") };
        let mut events = vec![opened(), home.into(), offers(MeetingType { kind, ..with(terms) })];
        if closed {
            events.push(on_that_day(vec![window(10, 15)]));
        }
        for (number, (half_hour, guests, before)) in (1_u128..).zip(busy) {
            for guest in 0..=u128::from(guests) {
                let id = BookingId(Uuid::from_u128(1_000 * number + guest));
                let start = at(0, 0) + Duration::minutes(30 * half_hour);
                events.push(requested_with(id, "bob", start, |e| {
                    e.session_id = SessionId(Uuid::from_u128(1_000 * number));
                    e.buffer_before_minutes = before * 5;
                }));
            }
        }
        let calendar = given(events.clone()).calendar;
        for ten_minutes in 0..144 {
            let start = at(0, 0) + Duration::minutes(10 * ten_minutes);
            let accepted = calendar.decide(&request(ADAS, "ada", start), the_day_before());
            prop_assert!(!matches!(accepted, Err(Refusal::AlreadyBooked(_))));
            let explanation = explain(&events, start);
            prop_assert_eq!(explanation.available, accepted.is_ok(), "{:?}", explanation);
            prop_assert!(!explanation.reasons.is_empty());
            for (code, place) in traced(&explanation, &events) {
                prop_assert!(place.is_some() || code == "in_the_past", "{}", code);
            }
        }
    }
}

#[test]
fn an_external_busy_time_is_named() {
    let (zones, hours, terms) = (HostZones::home(crate::zone::Zone::utc()), Hours::office(), intro().terms);
    let busy = [Interval::between(at(9, 0), at(10, 0)).expect("an hour")];
    let availability = crate::availability::Availability::default();
    let asked = crate::slots::SlotRequest {
        zones: &zones,
        hours: &hours,
        terms: &terms,
        meeting_type: INTRO,
        reservations: &[],
        busy: &busy,
        moving: None,
        now: the_day_before(),
    };
    let meeting_type = intro();
    let question =
        super::Question { availability: &availability, meeting_type: &meeting_type, start: at(9, 30), asked };
    assert_eq!(question.against()[0].cause, Cause::ExternalBusy(busy[0]));
}
