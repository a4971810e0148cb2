//! What a calendar remembers of a booking.

use serde::{Deserialize, Serialize};

use crate::ids::{BookingId, HostId, MeetingTypeId, SeriesId, SessionId, TeamId};
use crate::personal::Subject;
use crate::time::Instant;

/// Where a booking stands in its life (B3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingStatus {
    /// Holds its time until the host answers.
    Pending,
    /// Will take place.
    Confirmed,
    /// The host did not want it.
    Declined,
    /// The host did not answer in time.
    Expired,
    /// Called off by either side.
    Cancelled,
    /// Took place: what `Confirmed` is called once the meeting is over. No event says so; see [`Booking::status_at`].
    Completed,
}

impl BookingStatus {
    /// Whether the booking holds its time.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed)
    }
}

/// A booking without its guest's personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// The kind of meeting.
    pub meeting_type: MeetingTypeId,
    /// The meeting it takes part in.
    pub session: SessionId,
    /// Whose it is.
    pub guest: Subject,
    /// When the meeting starts.
    pub start: Instant,
    /// When it ends.
    pub end: Instant,
    /// Where it stands, by its events.
    pub status: BookingStatus,
    /// While it is pending, until when the host must answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Instant>,
    /// Whether the guest did not come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_show: bool,
    /// The series it is one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<SeriesId>,
    /// The team through which it was booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// All hosts of a collective meeting, the organiser first; empty otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostId>,
    /// When it started before it was last moved.
    pub rescheduled_from: Option<Instant>,
    /// When the guest asked for it.
    pub requested_at: Instant,
    /// When it last changed.
    pub changed_at: Instant,
    /// The booking's own revision: 1 after the command that made it, + 1 for each later command that changes it.
    pub revision: u32,
}

impl Booking {
    /// Where the booking stands at an instant: a confirmed one is completed once its meeting is over.
    pub fn status_at(&self, now: Instant) -> BookingStatus {
        match self.status {
            BookingStatus::Confirmed if self.end <= now => BookingStatus::Completed,
            status => status,
        }
    }

    /// Whether the booking holds its time and can still be changed: a hold that has run out cannot, even before its expiry is
    /// written down.
    pub fn is_active_at(&self, now: Instant) -> bool {
        self.status.is_active() && self.hold_until.is_none_or(|until| now < until)
    }
}
