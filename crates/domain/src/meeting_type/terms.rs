//! Which times of a meeting type can be booked (V3).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::BrokenRule;

/// How far ahead a meeting can be booked, by host-local dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum BookingWindow {
    /// From today to so many days ahead, both included.
    RollingDays {
        /// Days ahead of today, 0 to 730.
        days: u16,
    },
    /// Between two dates, both included.
    Fixed {
        /// First date.
        from_date: NaiveDate,
        /// Last date.
        to_date: NaiveDate,
    },
}

impl Default for BookingWindow {
    fn default() -> Self {
        Self::RollingDays { days: 60 }
    }
}

/// Limits by host-local date; pending and confirmed bookings of the type count, a group session once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bookings on one date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bookings_per_day: Option<u16>,
    /// Bookings in one ISO week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bookings_per_week: Option<u16>,
    /// Minutes of meetings on one date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_minutes_per_day: Option<u16>,
}

/// Everything about a meeting type that decides which times can be booked. All lengths in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Length of the meeting, 5 to 480.
    pub duration_minutes: u16,
    /// Kept free before the meeting, 0 to 240.
    pub buffer_before_minutes: u16,
    /// Kept free after the meeting, 0 to 240.
    pub buffer_after_minutes: u16,
    /// Whether the buffers, too, must lie within the host's hours.
    pub buffers_within_hours: bool,
    /// Distance between two candidate starts, 5 to 480.
    pub slot_interval_minutes: u16,
    /// Elapsed time between booking and start at least.
    pub minimum_notice_minutes: u32,
    /// How far ahead the type can be booked.
    pub booking_window: BookingWindow,
    /// Limits per day and week.
    #[serde(flatten)]
    pub limits: Limits,
    /// Guests that share one session: 2 to 1,000 for a group meeting, 1 for every other kind.
    pub capacity: u16,
}

impl Terms {
    /// Terms with every default of V3 for a one-on-one of this length.
    pub fn one_on_one(duration_minutes: u16) -> Self {
        Self {
            duration_minutes,
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            buffers_within_hours: true,
            slot_interval_minutes: 15,
            minimum_notice_minutes: 0,
            booking_window: BookingWindow::default(),
            limits: Limits::default(),
            capacity: 1,
        }
    }
}

impl Terms {
    /// Every rule of V3 that these terms break; whether the capacity fits is a matter of the kind.
    pub(super) fn broken_rules(&self) -> Vec<BrokenRule> {
        let window = match self.booking_window {
            BookingWindow::RollingDays { days } => days <= 730,
            BookingWindow::Fixed { from_date, to_date } => {
                from_date <= to_date && (to_date - from_date).num_days() <= 3_660
            }
        };
        let within = |limit: Option<u16>, most| limit.is_none_or(|limit| (1..=most).contains(&limit));
        let Limits { max_bookings_per_day, max_bookings_per_week, max_minutes_per_day } = self.limits;
        [
            ("duration_minutes", (5..=480).contains(&self.duration_minutes), "must be from 5 to 480"),
            ("buffer_before_minutes", self.buffer_before_minutes <= 240, "must be from 0 to 240"),
            ("buffer_after_minutes", self.buffer_after_minutes <= 240, "must be from 0 to 240"),
            ("slot_interval_minutes", (1..=480).contains(&self.slot_interval_minutes), "must be from 1 to 480"),
            ("minimum_notice_minutes", self.minimum_notice_minutes <= 525_600, "must be from 0 to 525600 (a year)"),
            (
                "booking_window",
                window,
                "must have days from 0 to 730, or from_date not after to_date and at most ten years",
            ),
            ("max_bookings_per_day", within(max_bookings_per_day, 100), "must be from 1 to 100"),
            ("max_bookings_per_week", within(max_bookings_per_week, 700), "must be from 1 to 700"),
            ("max_minutes_per_day", within(max_minutes_per_day, 1_440), "must be from 1 to 1440"),
        ]
        .into_iter()
        .filter(|(_, kept, _)| !kept)
        .map(|(field, _, rule)| BrokenRule::new(field, rule))
        .collect()
    }
}
