//! Whose turn it is: the strategies of round-robin meetings (B2).

use std::cmp::Reverse;

use super::{Assignments, Team};
use crate::ids::{HostId, MeetingTypeId};
use crate::meeting_type::Strategy;

impl Assignments {
    /// The active members in the order in which the strategy prefers them; ties keep the roster's order.
    pub fn in_turn(&self, team: &Team, meeting_type: MeetingTypeId, strategy: Strategy) -> Vec<HostId> {
        let mut standings = self.standings(team, meeting_type);
        match strategy {
            // `None`, never assigned, comes before every instant.
            Strategy::MaximizeAvailability => standings.sort_by_key(|(_, standing)| standing.last_assigned),
            Strategy::EqualDistribution => standings.sort_by_key(|(_, standing)| Reverse(standing.lag)),
            Strategy::Priority => {
                standings.sort_by_key(|(member, standing)| (Reverse(member.priority), standing.last_assigned));
            }
        }
        standings.into_iter().map(|(member, _)| member.host_id).collect()
    }
}
