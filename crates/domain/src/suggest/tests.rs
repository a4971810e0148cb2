use chrono::Duration;
use proptest::prelude::*;
use uuid::Uuid;

use super::{BASE_SCORE, Suggestion};
use crate::calendar::event::{CalendarEvent, NoShowMarked, Party, TimeZoneChanged};
use crate::calendar::scenario::*;
use crate::ids::BookingId;
use crate::time::{Instant, Interval, instant};

fn suggest(events: &[CalendarEvent], count: usize) -> Vec<Suggestion> {
    let calendar = given([opened(), offers(intro())].into_iter().chain(events.to_vec())).calendar;
    let meeting_type = calendar.availability().settings.meeting_type(INTRO).expect("offered");
    let day = Interval::between(at(0, 0), at(0, 0) + Duration::days(1)).expect("a day");
    calendar.suggest(meeting_type, day, count, the_day_before())
}

fn start(suggestion: &Suggestion) -> Instant {
    instant(suggestion.slot.during.start())
}

fn points(suggestion: &Suggestion) -> Vec<(&'static str, i16)> {
    suggestion.reasons.iter().map(|reason| (reason.code, reason.points)).collect()
}

/// Meetings of the last weeks: at 10:00 on so many Tuesdays, and what became of them.
fn past(number: u32, start: Instant, end: impl Fn(BookingId) -> Option<CalendarEvent>) -> Vec<CalendarEvent> {
    let id = BookingId(Uuid::from_u128(900 + u128::from(number)));
    let asked = requested_with(id, "cy", start, |e| e.requested_at = start - Duration::days(1));
    [Some(asked), Some(confirmed(id)), end(id)].into_iter().flatten().collect()
}

#[test]
fn without_history_sooner_is_better_and_earlier_comes_first() {
    let best = suggest(&[], 3);
    assert_eq!(best.iter().map(start).collect::<Vec<_>>(), [at(9, 0), at(9, 30), at(10, 0)]);
    assert_eq!(points(&best[0]), [("soon", 18)]);
    assert_eq!(best[0].reasons[0].message, "it is tomorrow");
    assert_eq!(best[0].score, 58);
    assert_eq!(suggest(&[], 100).len(), 16);
    assert!(suggest(&[], 0).is_empty());
}

#[test]
fn a_time_next_to_a_meeting_keeps_the_day_in_one_piece() {
    let booked = requested(ADAS, "ada", at(13, 0));
    let best = suggest(&[booked], 2);
    assert_eq!(best.iter().map(start).collect::<Vec<_>>(), [at(12, 30), at(13, 30)]);
    assert_eq!(points(&best[0]), [("adjacent", 15), ("soon", 18)]);
}

#[test]
fn a_gap_into_which_nothing_fits_costs_points() {
    let crooked = requested(ADAS, "ada", at(12, 50));
    let suggestions = suggest(&[crooked], 16);
    let noon = suggestions.iter().find(|suggestion| start(suggestion) == at(12, 0)).expect("offered");
    assert_eq!(points(noon), [("gap", -10), ("soon", 18)]);
    let worst = suggestions.last().expect("some");
    assert_eq!((start(worst), worst.score), (at(12, 0), 48));
}

#[test]
fn hours_at_which_meetings_took_place_are_better_than_those_at_which_they_did_not() {
    let ten = |weeks: u32| at(10, 0) - Duration::weeks(weeks.into());
    let good = (1..4).flat_map(|week| past(week, ten(week), |_| None));
    let missed = |booking_id| Some(NoShowMarked { booking_id, by: Party::Host, marked_at: at(9, 0) }.into());
    let bad = (1..4).flat_map(|week| past(10 + week, ten(week) + Duration::hours(4), missed));
    let events: Vec<_> = good.chain(bad).collect();
    let suggestions = suggest(&events, 16);
    let best = &suggestions[0];
    assert_eq!(start(best), at(10, 0));
    // Three of three: (3 + 1) of (3 + 2) with one of each imagined, so 9 of 15 points; the Tuesdays are even.
    assert_eq!(points(best), [("hour", 9), ("soon", 18)]);
    assert_eq!(best.reasons[0].message, "of the last 3 meetings between 10:00 and 10:59, 3 took place");
    let two = suggestions.iter().find(|suggestion| start(suggestion) == at(14, 0)).expect("offered");
    assert_eq!(points(two), [("hour", -9), ("soon", 18)]);
    assert_eq!(two.reasons[0].message, "of the last 3 meetings between 14:00 and 14:59, 0 took place");
}

#[test]
fn a_weekday_has_a_record_of_its_own_and_hours_are_the_hosts() {
    let off = |id| Some(cancelled(id, Party::Guest));
    let tuesdays: Vec<_> =
        (1..3_u32).flat_map(|week| past(week, at(15, 0) - Duration::weeks(week.into()), off)).collect();
    let suggestions = suggest(&tuesdays, 16);
    assert!(suggestions.iter().all(|suggestion| points(suggestion).contains(&("weekday", -5))), "{suggestions:?}");
    assert_eq!(suggestions[0].reasons[0].message, "of the last 2 meetings on Tuesdays, 0 took place");
    let moved = TimeZoneChanged { time_zone: "Asia/Tokyo".parse().expect("a zone") };
    let abroad: Vec<_> = tuesdays.into_iter().chain([moved.into()]).collect();
    // 15:00 in UTC is midnight in Tokyo, on a Wednesday.
    assert!(suggest(&abroad, 16).iter().all(|suggestion| points(suggestion) == [("soon", 18)]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_score_is_the_base_and_its_reasons_and_only_offered_times_are_suggested(
        lives in proptest::collection::vec((0..30_i64, 0..16_i64, 0..3_u8), 0..40),
        busy in proptest::collection::vec(0..48_i64, 0..6),
    ) {
        let mut events = Vec::new();
        for (number, (days, half_hour, end)) in (0_u32..).zip(lives) {
            let start = at(9, 0) - Duration::days(2 + days) + Duration::minutes(30 * half_hour);
            events.extend(past(number, start, |booking_id| match end {
                0 => None,
                1 => Some(cancelled(booking_id, Party::Guest)),
                _ => Some(NoShowMarked { booking_id, by: Party::Host, marked_at: start }.into()),
            }));
        }
        for (number, ten_minutes) in (0_u128..).zip(busy) {
            let id = BookingId(Uuid::from_u128(5_000 + number));
            events.push(requested(id, "bob", at(9, 0) + Duration::minutes(10 * ten_minutes)));
        }
        let suggestions = suggest(&events, 100);
        let calendar = given([opened(), offers(intro())].into_iter().chain(events)).calendar;
        for suggestion in &suggestions {
            let sum: i16 = suggestion.reasons.iter().map(|reason| reason.points).sum();
            prop_assert_eq!(i16::from(suggestion.score), BASE_SCORE + sum);
            let judged = calendar.availability().judge(&intro(), start(suggestion), None, the_day_before());
            prop_assert_eq!(judged, Ok(suggestion.slot));
        }
        prop_assert!(suggestions.is_sorted_by_key(|suggestion| std::cmp::Reverse(suggestion.score)));
    }
}
