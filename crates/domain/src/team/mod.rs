//! Teams: hosts who meet guests together, or in turn (B2).
//!
//! A team is a calendar without hours: its stream holds its roster, its meeting types and whose turn it was. Each member's
//! calendar holds copies of the team's meeting types, so that it knows by itself the terms of what is booked in it.

mod assignments;
mod turns;

pub use assignments::{Assignments, Fairness};

use serde::{Deserialize, Serialize};

use crate::ids::{HostId, TeamId};
use crate::meeting_type::BrokenRule;
use crate::text::{Name, Slug};

/// Members of one team at most.
pub const MAX_MEMBERS: usize = 100;
/// Teams that one host is in at most.
pub const MAX_TEAMS_OF_A_HOST: usize = 20;

/// A host's place in a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The host.
    pub host_id: HostId,
    /// Their part of what is distributed by weight, 1 to 100.
    #[serde(default = "one")]
    pub weight: u16,
    /// Whom a strategy by priority prefers, 0 to 100, higher first.
    #[serde(default)]
    pub priority: u16,
    /// Whether they take new bookings.
    #[serde(default = "active")]
    pub is_active: bool,
}

const fn one() -> u16 {
    1
}

const fn active() -> bool {
    true
}

impl Member {
    /// An active member of weight 1 and priority 0.
    pub const fn new(host_id: HostId) -> Self {
        Self { host_id, weight: 1, priority: 0, is_active: true }
    }
}

/// A team and its roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id; also that of its stream.
    pub id: TeamId,
    /// Its name.
    pub name: Name,
    /// Its place in booking URLs.
    pub slug: Slug,
    /// Who manages it.
    pub owner: HostId,
    /// Everybody, in the order that breaks ties; the first active one organises collective meetings.
    pub members: Vec<Member>,
    /// Whether it is no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_disbanded: bool,
}

impl Team {
    /// The members who take new bookings, in the roster's order.
    pub fn active(&self) -> impl Iterator<Item = &Member> + Clone {
        self.members.iter().filter(|member| member.is_active)
    }

    /// Whether a host is on the roster.
    pub fn has(&self, host: HostId) -> bool {
        self.members.iter().any(|member| member.host_id == host)
    }

    /// The weights of all active members together.
    fn weight(&self) -> i64 {
        self.active().map(|member| i64::from(member.weight)).sum()
    }
}

/// Every rule that a roster breaks by itself.
pub fn broken_rules(members: &[Member]) -> Vec<BrokenRule> {
    const _: () = assert!(MAX_MEMBERS == 100, "the rule says so");
    let repeated = members.iter().enumerate().any(|(place, m)| members[..place].iter().any(|o| o.host_id == m.host_id));
    [
        (members.len() <= MAX_MEMBERS, "must have at most 100 entries"),
        (!repeated, "must name each host once"),
        (members.iter().all(|m| (1..=100).contains(&m.weight)), "must have weights from 1 to 100"),
        (members.iter().all(|m| m.priority <= 100), "must have priorities from 0 to 100"),
    ]
    .into_iter()
    .filter(|(kept, _)| !kept)
    .map(|(_, rule)| BrokenRule::new("members", rule))
    .collect()
}
