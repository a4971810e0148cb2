//! What a host offers: the terms under which one kind of meeting can be booked (B1, B2, V3).

mod broken_rule;
mod location;
mod policies;
mod terms;

pub use broken_rule::BrokenRule;
pub use location::Location;
pub use policies::{DEFAULT_HOLD_MINUTES, Policies};
pub use terms::{BookingWindow, Limits, Terms};

use serde::{Deserialize, Serialize};

use crate::ids::{MeetingTypeId, ScheduleId, TeamId};
use crate::questions::{self, Question};
use crate::text::{Description, Name, Slug};

/// How a meeting brings people together (B2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One host, one guest.
    #[default]
    OneOnOne,
    /// One host, several guests who share a session.
    Group,
    /// One guest, and whichever member of a team the strategy chooses among those who are free.
    RoundRobin,
    /// One guest, and all active members of a team.
    Collective,
}

impl Kind {
    /// Whether only a team can offer it.
    pub const fn is_of_a_team(self) -> bool {
        matches!(self, Self::RoundRobin | Self::Collective)
    }
}

/// Whom a round-robin booking goes to, among the members who can be booked at its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Whoever was assigned least recently; those who never were come first.
    #[default]
    MaximizeAvailability,
    /// Whoever lags furthest behind their share by weight.
    EqualDistribution,
    /// Whoever has the highest priority; among equals, whoever was assigned least recently.
    Priority,
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
    /// The team that offers it; none if the host does so alone. A copy stands in the calendar of each member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// Whom a booking goes to, of a round-robin type; the default strategy if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// The schedule it uses; the default one if none. A team's type names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule_id: Option<ScheduleId>,
    /// Where guests are sent after booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation_redirect_url: Option<crate::text::HttpUrl>,
    /// What guests are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// How bookings are confirmed, and until when they can be changed.
    #[serde(flatten)]
    pub policies: Policies,
    /// Which times can be booked.
    #[serde(flatten)]
    pub terms: Terms,
}

impl MeetingType {
    /// A one-on-one of this length, with every default of the API.
    pub fn one_on_one(id: MeetingTypeId, name: Name, slug: Slug, duration_minutes: u16) -> Self {
        Self {
            id,
            name,
            slug,
            description: None,
            color: None,
            location: None,
            is_active: true,
            visibility: Visibility::Public,
            kind: Kind::OneOnOne,
            team_id: None,
            strategy: None,
            schedule_id: None,
            confirmation_redirect_url: None,
            questions: Vec::new(),
            policies: Policies::default(),
            terms: Terms::one_on_one(duration_minutes),
        }
    }

    /// Every rule that the type breaks by itself; none if it can be offered.
    pub fn broken_rules(&self) -> Vec<BrokenRule> {
        let mut broken = self.terms.broken_rules();
        let mut must = |kept: bool, field: &'static str, rule: &'static str| {
            if !kept {
                broken.push(BrokenRule::new(field, rule));
            }
        };
        match self.kind {
            Kind::Group => {
                must(
                    (2..=1_000).contains(&self.terms.capacity),
                    "capacity",
                    "must be from 2 to 1000 for a group meeting",
                );
            }
            _ => must(self.terms.capacity == 1, "capacity", "must be 1 unless it is a group meeting"),
        }
        must(
            self.kind == Kind::RoundRobin || self.strategy.is_none(),
            "strategy",
            "must be left out unless it is a round-robin meeting",
        );
        let of_a_team = self.team_id.is_some();
        let kinds = if of_a_team {
            "must be round_robin or collective for a team"
        } else {
            "must be one_on_one or group; only a team offers the others"
        };
        must(self.kind.is_of_a_team() == of_a_team, "kind", kinds);
        let default_schedule = "must be left out: each member's default schedule counts";
        must(!of_a_team || self.schedule_id.is_none(), "schedule_id", default_schedule);
        broken.extend(self.policies.broken_rules());
        broken.extend(questions::broken_rules(&self.questions));
        broken
    }
}
