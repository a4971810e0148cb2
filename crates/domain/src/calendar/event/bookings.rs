//! The life of a booking (B3).

use serde::{Deserialize, Serialize};

use crate::ids::{BookingId, HostId, MeetingTypeId, SeriesId, SessionId, TeamId};
use crate::personal::Personal;
use crate::questions::Answer;
use crate::text::{Description, EmailAddress, Name};
use crate::time::{Instant, Interval};
use crate::zone::Zone;

/// Who acts on a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Whoever holds the booking's manage token.
    Guest,
    /// The host whose calendar it is.
    Host,
    /// An administrator.
    Admin,
}

/// Who comes to a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// Their name.
    pub name: Name,
    /// Their address.
    pub email: EmailAddress,
    /// What they want the host to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Description>,
    /// Whom they bring along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guests: Vec<EmailAddress>,
    /// What they answered to the meeting type's questions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
}

impl Guest {
    /// Somebody of whom no more is known than how to reach them.
    pub const fn new(name: Name, email: EmailAddress) -> Self {
        Self { name, email, notes: None, guests: Vec::new(), answers: Vec::new() }
    }
}

/// A guest asked for a time, and holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingRequested {
    /// The booking.
    pub booking_id: BookingId,
    /// The meeting it takes part in.
    pub session_id: SessionId,
    /// Which kind of meeting.
    pub meeting_type_id: MeetingTypeId,
    /// When it starts.
    pub start: Instant,
    /// When it ends.
    pub end: Instant,
    /// Minutes kept free before it.
    pub buffer_before_minutes: u16,
    /// Minutes kept free after it.
    pub buffer_after_minutes: u16,
    /// Who comes.
    pub guest: Personal<Guest>,
    /// The guest's time zone.
    pub guest_time_zone: Zone,
    /// Until when the host must answer; without it nobody has to, and the booking is confirmed at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Instant>,
    /// The series it is one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series_id: Option<SeriesId>,
    /// The team through which it was booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// All hosts of a collective meeting, the organiser first; the booking stands in the calendar of each. Empty otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostId>,
    /// When they asked.
    pub requested_at: Instant,
}

/// The booking will take place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingConfirmed {
    /// The booking.
    pub booking_id: BookingId,
    /// When it was confirmed.
    pub confirmed_at: Instant,
}

/// The booking moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingRescheduled {
    /// The booking.
    pub booking_id: BookingId,
    /// The meeting it takes part in from now on.
    pub session_id: SessionId,
    /// Which kind of meeting.
    pub meeting_type_id: MeetingTypeId,
    /// When it started before.
    pub previous_start: Instant,
    /// When it starts now.
    pub start: Instant,
    /// When it ends now.
    pub end: Instant,
    /// Minutes kept free before it.
    pub buffer_before_minutes: u16,
    /// Minutes kept free after it.
    pub buffer_after_minutes: u16,
    /// Until when the host must answer; without it the booking stays as confirmed, or not, as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Instant>,
    /// Who moved it.
    pub by: Party,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<Description>>,
    /// When it was moved.
    pub rescheduled_at: Instant,
}

/// The booking was called off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingCancelled {
    /// The booking.
    pub booking_id: BookingId,
    /// Who called it off.
    pub by: Party,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<Description>>,
    /// When it was called off.
    pub cancelled_at: Instant,
}

/// The host did not want the booking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingDeclined {
    /// The booking.
    pub booking_id: BookingId,
    /// Who declined it.
    pub by: Party,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<Description>>,
    /// When it was declined.
    pub declined_at: Instant,
}

/// The host did not answer in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingExpired {
    /// The booking.
    pub booking_id: BookingId,
    /// When it was given up.
    pub expired_at: Instant,
}

/// The guest did not come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoShowMarked {
    /// The booking.
    pub booking_id: BookingId,
    /// Who says so.
    pub by: Party,
    /// When it was said.
    pub marked_at: Instant,
}

/// Meetings are never empty: `decide` makes each from a slot. A damaged event reads as the second it starts.
fn during(start: Instant, end: Instant) -> Interval {
    Interval::between(start, end)
        .unwrap_or_else(|| Interval::new(start.timestamp(), start.timestamp() + 1).expect("one second is not empty"))
}

impl BookingRequested {
    /// Whether this host speaks for the meeting: its only one, or the organiser of a collective one.
    pub fn is_organised_by(&self, host: HostId) -> bool {
        self.hosts.first().is_none_or(|organiser| *organiser == host)
    }

    /// The time of the meeting.
    pub fn during(&self) -> Interval {
        during(self.start, self.end)
    }
}

impl BookingRescheduled {
    /// The time of the meeting from now on.
    pub fn during(&self) -> Interval {
        during(self.start, self.end)
    }
}
