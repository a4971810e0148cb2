//! Limits per day and week, by host-local date (S8, V3).

use chrono::{Datelike, NaiveDate};

use super::SlotRequest;
use super::sessions::Session;
use crate::meeting_type::Terms;
use crate::time::{Interval, MINUTE, instant};
use crate::zone::HostClock;

/// The host-local dates whose bookings decide about some starts: whole ISO weeks.
pub(super) struct Weeks {
    /// Where each date begins, in epoch seconds, from a Monday on; at last where the date after the last Sunday does.
    begins: Vec<i64>,
}

impl Weeks {
    /// The weeks around `starts`; `None` if the host has set no limit.
    pub(super) fn around(host: &SlotRequest<'_>, starts: Interval) -> Option<Self> {
        let limits = host.terms.limits;
        limits.max_bookings_per_day.or(limits.max_bookings_per_week).or(limits.max_minutes_per_day)?;
        let monday_before =
            |date: NaiveDate| i64::from(date.to_epoch_days()) - i64::from(date.weekday().num_days_from_monday());
        let first = monday_before(host.zones.date_of(instant(starts.start())));
        let after = monday_before(host.zones.date_of(instant(starts.end() - 1))) + 7;
        // A traveller's date begins no later than the one after it, so two more dates are looked at.
        let clock = HostClock::over(host.zones, first, after + 2);
        let mut begins: Vec<_> = (first..=after + 2).map(|day| clock.reached(day, 0)).collect();
        for day in (1..begins.len()).rev() {
            begins[day - 1] = begins[day - 1].min(begins[day]);
        }
        begins.truncate(begins.len() - 2);
        Some(Self { begins })
    }

    /// From the first Monday to the last Sunday.
    pub(super) fn span(&self) -> Option<Interval> {
        Interval::new(*self.begins.first()?, *self.begins.last()?)
    }

    /// The stretches of time in which a limit refuses every new session.
    pub(super) fn used_up(&self, host: &SlotRequest<'_>, sessions: &[Session]) -> Vec<Interval> {
        let days = self.count(sessions);
        let mut used_up = Vec::new();
        for (week, days) in days.chunks(7).enumerate() {
            let sessions = days.iter().map(|day| day.sessions).sum();
            for (weekday, day) in days.iter().enumerate() {
                if reached(host.terms, sessions, *day).into_iter().any(|(_, reached)| reached) {
                    let date = week * 7 + weekday;
                    used_up.extend(Interval::new(self.begins[date], self.begins[date + 1]));
                }
            }
        }
        used_up
    }

    /// The limits that refuse a new session at a start, each with the stretch of time whose sessions count.
    pub(super) fn reached_at(
        &self,
        host: &SlotRequest<'_>,
        sessions: &[Session],
        start: i64,
    ) -> Vec<(Limit, Interval)> {
        let days = self.count(sessions);
        let Some(date) = self.date(start).filter(|date| *date < days.len()) else { return Vec::new() };
        let week = date / 7 * 7..date / 7 * 7 + 7;
        let sessions = days[week.clone()].iter().map(|day| day.sessions).sum();
        let span = |limit| match limit {
            Limit::BookingsPerWeek => Interval::new(self.begins[week.start], self.begins[week.end]),
            Limit::BookingsPerDay | Limit::MinutesPerDay => Interval::new(self.begins[date], self.begins[date + 1]),
        };
        let reached = reached(host.terms, sessions, days[date]).into_iter().filter(|(_, reached)| *reached);
        reached.filter_map(|(limit, _)| Some((limit, span(limit)?))).collect()
    }

    /// The date of a start, counted from the first Monday.
    fn date(&self, start: i64) -> Option<usize> {
        self.begins.partition_point(|begin| *begin <= start).checked_sub(1)
    }

    fn count(&self, sessions: &[Session]) -> Vec<Day> {
        let mut days = vec![Day::default(); self.begins.len() - 1];
        for session in sessions.iter().filter(|s| s.same_type) {
            if let Some(day) = self.date(session.during.start()).and_then(|date| days.get_mut(date)) {
                day.sessions += 1;
                day.seconds += session.during.seconds();
            }
        }
        days
    }
}

/// Which limits refuse one more session on a date, in a week of so many.
fn reached(terms: &Terms, in_week: u32, day: Day) -> [(Limit, bool); 3] {
    let limits = terms.limits;
    let used = |limit: Option<u16>, count: u32| limit.is_some_and(|most| count >= u32::from(most));
    let seconds = day.seconds + i64::from(terms.duration_minutes) * MINUTE;
    let too_long = limits.max_minutes_per_day.is_some_and(|most| seconds > i64::from(most) * MINUTE);
    [
        (Limit::BookingsPerDay, used(limits.max_bookings_per_day, day.sessions)),
        (Limit::BookingsPerWeek, used(limits.max_bookings_per_week, in_week)),
        (Limit::MinutesPerDay, too_long),
    ]
}

/// What a host limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Sessions on one date.
    BookingsPerDay,
    /// Sessions in one ISO week.
    BookingsPerWeek,
    /// Minutes of meetings on one date.
    MinutesPerDay,
}

/// What is booked on one date.
#[derive(Clone, Copy, Default)]
struct Day {
    sessions: u32,
    seconds: i64,
}
