//! What a host offers: the terms under which one kind of meeting can be booked (B1, B2, V3).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::{MeetingTypeId, ScheduleId};
use crate::text::{Description, Name, Slug};

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
    /// Guests that share one session, at least 1; 1 for a one-on-one.
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

/// A rule that a value breaks, by the name of its field in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// The field.
    pub field: &'static str,
    /// What it must be; reads as the end of a sentence about the field.
    pub rule: &'static str,
}

impl Terms {
    /// Every rule of V3 that these terms break; none if they can be offered.
    pub fn broken_rules(&self) -> Vec<BrokenRule> {
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
            ("capacity", self.capacity == 1, "must be 1 for a one-on-one meeting"),
        ]
        .into_iter()
        .filter(|(_, kept, _)| !kept)
        .map(|(field, _, rule)| BrokenRule { field, rule })
        .collect()
    }
}

/// How a meeting brings people together (B2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One host, one guest.
    #[default]
    OneOnOne,
}

/// Who finds the meeting type on the host's page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Listed on the host's page.
    #[default]
    Public,
    /// Bookable by whoever has the link.
    Unlisted,
}

/// Where the meeting takes place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Location {
    /// At an address.
    InPerson {
        /// The address.
        address: Description,
    },
    /// By phone.
    Phone {
        /// The number to call; without one the host calls the guest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<Name>,
    },
    /// At a fixed link.
    Link {
        /// The address of the meeting.
        url: Description,
    },
    /// A Google Meet conference made for the booking.
    GoogleMeet,
    /// A Microsoft Teams meeting made for the booking.
    Teams,
    /// Anything else, in words.
    Custom {
        /// The words.
        text: Description,
    },
}

/// A kind of meeting that a host offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingType {
    /// Its id.
    #[serde(rename = "meeting_type_id")]
    pub id: MeetingTypeId,
    /// What guests read.
    pub name: Name,
    /// Its place in the booking URL; unique per host.
    pub slug: Slug,
    /// A few lines for guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// Colour as `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<crate::text::Color>,
    /// Where it takes place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Whether it can be booked.
    pub is_active: bool,
    /// Who finds it.
    pub visibility: Visibility,
    /// How it brings people together.
    pub kind: Kind,
    /// The schedule it uses; the default one if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule_id: Option<ScheduleId>,
    /// Where guests are sent after booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation_redirect_url: Option<crate::text::HttpUrl>,
    /// Which times can be booked.
    #[serde(flatten)]
    pub terms: Terms,
}
