//! Which starts are near and far enough: notice and booking window (S6, S8), and when that changes.

use chrono::{Days, NaiveDate};

use super::{NotOffered, SlotRequest};
use crate::meeting_type::BookingWindow;
use crate::time::{Instant, Interval, MINUTE, instant};

impl SlotRequest<'_> {
    /// The first start (in epoch seconds) that is not over.
    fn not_before(&self) -> i64 {
        // A start is a whole second, so one within which `now` lies is over.
        self.now.timestamp() + i64::from(self.now.timestamp_subsec_nanos() > 0)
    }

    fn notice(&self) -> i64 {
        i64::from(self.terms.minimum_notice_minutes) * MINUTE
    }

    /// The first start that the booking window allows, and the first that is too late for it.
    fn booking_window(&self) -> (i64, i64) {
        let after = |date: NaiveDate, days: u16| {
            let after = date.checked_add_days(Days::new(u64::from(days) + 1));
            after.map_or(Interval::EVER.end(), |after| self.zones.begin_of(after))
        };
        match self.terms.booking_window {
            BookingWindow::RollingDays { days } => (Interval::EVER.start(), after(self.zones.date_of(self.now), days)),
            BookingWindow::Fixed { from_date, to_date } => (self.zones.begin_of(from_date), after(to_date, 0)),
        }
    }

    /// Why a start is too near or too far, if it is.
    pub(super) fn too_near_or_far(&self, start: i64) -> Option<NotOffered> {
        let window = self.booking_window();
        if start < self.not_before() {
            Some(NotOffered::InThePast)
        } else if start < self.not_before() + self.notice() {
            Some(NotOffered::TooSoon)
        } else if start < window.0 || window.1 <= start {
            Some(NotOffered::OutsideBookingWindow)
        } else {
            None
        }
    }

    /// When a start that is offered now begins to be too near.
    pub(super) fn expiry(&self, start: i64) -> Instant {
        // The notice is kept at that very instant, and no longer a nanosecond after it (S6).
        instant(start - self.notice()) + chrono::Duration::nanoseconds(1)
    }

    /// When a rolling booking window will next allow more starts within `range`.
    pub(super) fn next_gain(&self, range: Interval) -> Option<Instant> {
        let BookingWindow::RollingDays { days } = self.terms.booking_window else { return None };
        if range.end() <= self.booking_window().1 {
            return None;
        }
        let tomorrow = self.zones.date_of(self.now).succ_opt()?;
        let first_in_range = self.zones.date_of(instant(range.start()));
        let reaches_range = first_in_range.checked_sub_days(Days::new(u64::from(days))).unwrap_or(tomorrow);
        Some(instant(self.zones.begin_of(tomorrow.max(reaches_range))))
    }
}

/// The part of `range` in which no host's notice or booking window refuses a start.
pub(super) fn bookable(hosts: &[SlotRequest<'_>], range: Interval) -> Option<Interval> {
    hosts.iter().try_fold(
        Interval::new(Interval::EVER.start(), Interval::EVER.end())?.intersection(range)?,
        |starts, host| {
            let (from, to) = host.booking_window();
            starts.intersection(Interval::new(from.max(host.not_before() + host.notice()), to)?)
        },
    )
}
