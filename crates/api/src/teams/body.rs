//! A team as the API takes and shows it.

use daybook_accounts::fields::Username;
use daybook_domain::ids::HostId;
use daybook_domain::team::{Member, Team};
use daybook_domain::text::{Name, Slug};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::{Answer, Problem};

/// A team as its owner describes it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamRequest {
    /// What guests read.
    #[schema(value_type = String, min_length = 1, max_length = 120, example = "Support")]
    pub name: Name,
    /// Its place in booking URLs, shared with the usernames of hosts; made of the name if not given.
    #[schema(min_length = 3, max_length = 40, example = "support")]
    pub slug: Option<String>,
    /// Who is in it, in the order that breaks ties; at most 100. Only yourself if not given.
    #[schema(max_items = 100)]
    pub members: Option<Vec<MemberBody>>,
}

/// A host's place in a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Member)]
pub struct MemberBody {
    /// The host.
    pub user_id: Uuid,
    /// Their part of what is distributed by weight, 1 to 100.
    #[serde(default = "one")]
    #[schema(default = 1, minimum = 1, maximum = 100)]
    pub weight: u16,
    /// Whom a strategy by priority prefers, 0 to 100, higher first.
    #[serde(default)]
    #[schema(default = 0, maximum = 100)]
    pub priority: u16,
    /// Whether they take new bookings.
    #[serde(default = "active")]
    #[schema(default = true)]
    pub is_active: bool,
}

const fn one() -> u16 {
    1
}

const fn active() -> bool {
    true
}

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Team)]
pub struct TeamBody {
    /// Its id.
    pub id: Uuid,
    /// What guests read.
    pub name: String,
    /// Its place in booking URLs.
    pub slug: String,
    /// Who manages it.
    pub owner_id: Uuid,
    /// Who is in it, in the order that breaks ties; the first active one organises collective meetings.
    pub members: Vec<MemberBody>,
}

impl TeamRequest {
    /// The place in booking URLs that is asked for, as the accounts and the log know it.
    pub fn page(&self) -> Answer<(Username, Slug)> {
        let text = self.slug.clone().unwrap_or_else(|| Slug::of(self.name.as_str()).to_string());
        let username = Username::parse(&text).map_err(|invalid| Problem::invalid("slug", invalid.rule.to_string()))?;
        let slug = Slug::parse(username.as_str()).map_err(|rule| Problem::invalid("slug", rule.to_string()))?;
        Ok((username, slug))
    }
}

impl From<MemberBody> for Member {
    fn from(body: MemberBody) -> Self {
        let MemberBody { user_id, weight, priority, is_active } = body;
        Self { host_id: HostId(user_id), weight, priority, is_active }
    }
}

impl From<&Member> for MemberBody {
    fn from(member: &Member) -> Self {
        let Member { host_id, weight, priority, is_active } = *member;
        Self { user_id: host_id.0, weight, priority, is_active }
    }
}

impl From<&Team> for TeamBody {
    fn from(team: &Team) -> Self {
        Self {
            id: team.id.0,
            name: team.name.to_string(),
            slug: team.slug.to_string(),
            owner_id: team.owner.0,
            members: team.members.iter().map(MemberBody::from).collect(),
        }
    }
}
