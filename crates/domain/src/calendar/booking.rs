//! What a calendar remembers of a booking.

use serde::{Deserialize, Serialize};

use crate::ids::{BookingId, MeetingTypeId, SessionId};
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
    /// Called off by either side.
    Cancelled,
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
    /// Where it stands.
    pub status: BookingStatus,
    /// When it started before it was last moved.
    pub rescheduled_from: Option<Instant>,
    /// When the guest asked for it.
    pub requested_at: Instant,
    /// When it last changed.
    pub changed_at: Instant,
    /// The booking's own revision: 1 after the command that made it, + 1 for each later command that changes it.
    pub revision: u32,
}
