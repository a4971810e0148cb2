//! Time that a booking holds in a host's calendar.

use serde::{Deserialize, Serialize};

use crate::ids::{BookingId, MeetingTypeId, SessionId};
use crate::time::{Interval, MINUTE};

/// The time that one active (pending or confirmed) booking holds.
///
/// The buffers are those the booking was made with: a later change of the meeting type does not move them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The meeting itself.
    pub during: Interval,
    /// Minutes kept free before it.
    pub buffer_before_minutes: u16,
    /// Minutes kept free after it.
    pub buffer_after_minutes: u16,
    /// Whose booking it is.
    pub booking: BookingId,
    /// The meeting taken part in; guests of a group meeting share it.
    pub session: SessionId,
    /// Which kind of meeting.
    pub meeting_type: MeetingTypeId,
}

impl Reservation {
    /// The meeting with its buffers: `[start − before, end + after)`.
    pub const fn protected(&self) -> Interval {
        self.during.widened(self.buffer_before_minutes as i64 * MINUTE, self.buffer_after_minutes as i64 * MINUTE)
    }
}
