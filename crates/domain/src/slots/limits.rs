//! Limits per day and week, by host-local date (S8, V3).

use chrono::{Datelike, NaiveDate};

use super::SlotRequest;
use super::sessions::Session;
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
        let limits = host.terms.limits;
        let mut days = vec![Day::default(); self.begins.len() - 1];
        for session in sessions.iter().filter(|s| s.same_type) {
            let begun = self.begins.partition_point(|begin| *begin <= session.during.start());
            if let Some(day) = begun.checked_sub(1).and_then(|day| days.get_mut(day)) {
                day.sessions += 1;
                day.seconds += session.during.seconds();
            }
        }
        let reached = |limit: Option<u16>, count: u32| limit.is_some_and(|most| count >= u32::from(most));
        let duration = i64::from(host.terms.duration_minutes) * MINUTE;
        let mut used_up = Vec::new();
        for (week, days) in days.chunks(7).enumerate() {
            let week_full = reached(limits.max_bookings_per_week, days.iter().map(|day| day.sessions).sum());
            for (weekday, day) in days.iter().enumerate() {
                let too_long = |most: u16| day.seconds + duration > i64::from(most) * MINUTE;
                let day_full = reached(limits.max_bookings_per_day, day.sessions);
                if week_full || day_full || limits.max_minutes_per_day.is_some_and(too_long) {
                    let date = week * 7 + weekday;
                    used_up.extend(Interval::new(self.begins[date], self.begins[date + 1]));
                }
            }
        }
        used_up
    }
}

/// What is booked on one date.
#[derive(Clone, Copy, Default)]
struct Day {
    sessions: u32,
    seconds: i64,
}
