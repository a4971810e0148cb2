//! Teams: their own streams say who is in them and whose turn it was, their members' streams that they are in them (B2).

use serde::{Deserialize, Serialize};

use crate::ids::{BookingId, HostId, MeetingTypeId, TeamId};
use crate::team::Member;
use crate::text::{Name, Slug};
use crate::time::Instant;

/// Forms a team. The first event of a team's stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TeamFormed {
    /// The team; also the id of its stream.
    pub team_id: TeamId,
    /// Its name.
    pub name: Name,
    /// Its place in booking URLs.
    pub slug: Slug,
    /// Who manages it.
    pub owner: HostId,
    /// Its roster.
    pub members: Vec<Member>,
    /// When.
    pub formed_at: Instant,
}

/// Gives a team another name or place in booking URLs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TeamChanged {
    /// The name from now on.
    pub name: Name,
    /// The place in booking URLs from now on.
    pub slug: Slug,
}

/// Replaces a team's roster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TeamMembersChanged {
    /// All members from now on.
    pub members: Vec<Member>,
}

/// Ends a team. Its bookings stay with their hosts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TeamDisbanded {
    /// When.
    pub disbanded_at: Instant,
}

/// Puts the host into a team. Written in the same append as the change of the roster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TeamJoined {
    /// The team.
    pub team_id: TeamId,
}

/// Takes the host out of a team. Written in the same append as the change of the roster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TeamLeft {
    /// The team.
    pub team_id: TeamId,
}

/// Gives a round-robin booking to a member. Written in the same append as the booking in the member's calendar, so that
/// shares are exact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostAssigned {
    /// The booking.
    pub booking_id: BookingId,
    /// Which kind of meeting.
    pub meeting_type_id: MeetingTypeId,
    /// Whose turn it was.
    pub host_id: HostId,
    /// When the meeting starts.
    pub start: Instant,
    /// When.
    pub assigned_at: Instant,
}

/// Takes an assignment back: the booking was cancelled, declined or has expired, so it counts in nobody's share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssignmentWithdrawn {
    /// The booking.
    pub booking_id: BookingId,
    /// Which kind of meeting.
    pub meeting_type_id: MeetingTypeId,
    /// Whose turn it had been.
    pub host_id: HostId,
    /// When.
    pub withdrawn_at: Instant,
}
