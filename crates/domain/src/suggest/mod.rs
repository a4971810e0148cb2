//! The best times, with the reasons why: no black box (V10).

mod history;
#[cfg(test)]
mod tests;

use chrono::{Datelike, NaiveDate, Timelike};
use serde::Serialize;

use crate::availability::Availability;
use crate::calendar::HostCalendar;
use crate::meeting_type::MeetingType;
use crate::reservation::Reservation;
use crate::slots::Slot;
use crate::time::{Instant, Interval, MINUTE, instant};
use history::{History, Record};

/// The score of a time about which nothing is known.
pub const BASE_SCORE: i16 = 40;
/// Points for a time today; two less for each day that it is later.
const SOON: i16 = 20;
/// Points for a time next to another meeting.
const ADJACENT: i16 = 15;
/// Points for a time that leaves a gap too short for another meeting of its kind.
const CUT_UP: i16 = -10;
/// Meetings so many seconds apart count as next to each other.
const NEXT_TO: i64 = 15 * MINUTE;

/// Why a time is suggested, or is not suggested first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Merit {
    /// What kind of reason, for programs.
    pub code: &'static str,
    /// The same for people.
    pub message: String,
    /// What it adds to the score, or takes from it.
    pub points: i16,
}

/// A time that can be booked, and how good it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The time.
    pub slot: Slot,
    /// From 0 to 100: [`BASE_SCORE`] and the points of every reason.
    pub score: u8,
    /// Every reason that has points.
    pub reasons: Vec<Merit>,
}

impl HostCalendar {
    /// The best of the starts that are offered within `range`, at most `count`, the best first and the earlier one of equals.
    pub fn suggest(&self, meeting_type: &MeetingType, range: Interval, count: usize, now: Instant) -> Vec<Suggestion> {
        let availability = self.availability();
        let history = History::of(self, now);
        let suggestion = |slot| judge(availability, &history, slot, now);
        let mut suggestions: Vec<_> =
            availability.offered(meeting_type, range, now).into_iter().map(suggestion).collect();
        suggestions.sort_by_key(|suggestion| (std::cmp::Reverse(suggestion.score), suggestion.slot.during.start()));
        suggestions.truncate(count);
        suggestions
    }
}

fn judge(availability: &Availability, history: &History, slot: Slot, now: Instant) -> Suggestion {
    let zones = &availability.settings.zones;
    let date = zones.date_of(instant(slot.during.start()));
    let wall = zones.on(date).with_offset(instant(slot.during.start()));
    let merits = [
        by_record(
            "hour",
            &format!("meetings between {0:02}:00 and {0:02}:59", wall.hour()),
            30,
            history.at_hour(wall.hour()),
        ),
        by_record("weekday", &format!("meetings on {}s", weekday(date)), 20, history.on_weekday(date.weekday())),
        by_neighbours(&availability.reservations, slot),
        by_distance(date, zones.date_of(now)),
    ];
    let reasons: Vec<_> = merits.into_iter().flatten().filter(|merit| merit.points != 0).collect();
    let score = reasons.iter().fold(BASE_SCORE, |score, merit| score + merit.points);
    Suggestion { slot, score: u8::try_from(score.clamp(0, 100)).unwrap_or_default(), reasons }
}

/// Half of `most` for what always took place, as much taken away for what never did.
fn by_record(code: &'static str, what: &str, most: i16, record: Record) -> Option<Merit> {
    if record.is_empty() {
        return None;
    }
    // One imagined meeting of each outcome, so that one cancellation does not condemn an hour.
    let (kept, all) = (i16::try_from(record.kept).ok()? + 1, i16::try_from(record.kept + record.lost).ok()? + 2);
    let points = i16::try_from((i32::from(most) * i32::from(kept) * 2 / i32::from(all) - i32::from(most)) / 2).ok()?;
    let message = format!("of the last {} {what}, {} took place", record.kept + record.lost, record.kept);
    Some(Merit { code, message, points })
}

/// Next to another meeting the day stays in one piece; a gap that nothing fits into is lost.
fn by_neighbours(reservations: &[Reservation], slot: Slot) -> Option<Merit> {
    let (start, end) = (slot.during.start(), slot.during.end());
    let others = || reservations.iter().map(|r| r.during).filter(|other| !other.overlaps(slot.during));
    let before = others().filter(|other| other.end() <= start).map(|other| start - other.end()).min();
    let after = others().filter(|other| other.start() >= end).map(|other| other.start() - end).min();
    let gaps = || [before, after].into_iter().flatten();
    let merit = |code, message: &str, points| Some(Merit { code, message: message.to_owned(), points });
    if gaps().any(|gap| gap <= NEXT_TO) {
        return merit("adjacent", "it is next to another meeting, so the day stays in one piece", ADJACENT);
    }
    if gaps().any(|gap| gap < slot.during.seconds()) {
        return merit("gap", "it leaves a gap before or after another meeting into which nothing fits", CUT_UP);
    }
    None
}

fn by_distance(date: NaiveDate, today: NaiveDate) -> Option<Merit> {
    let days = (date - today).num_days();
    let points = SOON - 2 * i16::try_from(days.clamp(0, i64::from(SOON / 2))).ok()?;
    let message = match days {
        ..=0 => "it is today".to_owned(),
        1 => "it is tomorrow".to_owned(),
        days => format!("it is in {days} days"),
    };
    Some(Merit { code: "soon", message, points })
}

fn weekday(date: NaiveDate) -> impl std::fmt::Display {
    date.format("%A")
}
