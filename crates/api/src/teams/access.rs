//! Who may see a team, and who may change it (A2): its members the one, its owner the other, admins both.

use daybook_accounts::Role;
use daybook_domain::calendar::event::Party;
use daybook_domain::ids::{HostId, TeamId};
use daybook_domain::team::Team;

use crate::auth::{Caller, Host};
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, Code, Problem};
use crate::state::Api;

impl Host {
    /// Whether they may change what is the team's.
    pub fn manages(&self, team: &Team) -> bool {
        team.owner == self.calendar() || self.0.role == Role::Admin
    }

    /// Themselves, acting for a team that they manage.
    pub fn acting_for(&self, team: &Team, request: RequestId) -> Caller {
        let (party, part) = if team.owner == self.calendar() { (Party::Host, "host") } else { (Party::Admin, "admin") };
        Caller { actor: format!("{part}:{}", self.0.id), party, correlation: request.0 }
    }
}

impl Api {
    /// A team that has not been disbanded. Hosts are not found here.
    pub async fn team(&self, id: TeamId) -> Answer<Team> {
        // What is no team may be nobody at all: both look the same.
        let known = self.calendar(id.into()).await.map_err(|problem| match problem.code() {
            Code::NotFound => Problem::not_found("team"),
            _ => problem,
        })?;
        let team = known.availability.settings.team.as_deref().filter(|team| !team.is_disbanded);
        team.cloned().ok_or_else(|| Problem::not_found("team"))
    }

    /// A team that the host is in, or manages.
    pub async fn team_of(&self, host: &Host, id: TeamId) -> Answer<Team> {
        let team = self.team(id).await?;
        if team.has(host.calendar()) || host.manages(&team) { Ok(team) } else { Err(Problem::not_found("team")) }
    }

    /// A team that the host manages. Members may know that it is there.
    pub async fn team_managed_by(&self, host: &Host, id: TeamId) -> Answer<Team> {
        let team = self.team_of(host, id).await?;
        if host.manages(&team) {
            Ok(team)
        } else {
            Err(Problem::new(Code::Forbidden, "only the team's owner may change it"))
        }
    }

    /// The caller who may change what a host or a team offers; what is somebody else's is not found.
    pub async fn caller_for_offers_of(&self, owner: HostId, host: &Host, request: RequestId) -> Answer<Caller> {
        let known = self.calendar(owner).await?;
        match known.availability.settings.team.as_deref() {
            Some(team) if host.manages(team) => Ok(host.acting_for(team, request)),
            None if host.may_act_on(owner) => Ok(host.acting_on(owner, request)),
            _ => Err(Problem::not_found("meeting type")),
        }
    }
}
