//! The roster that a request asks for: every member is a host with a calendar.

use daybook_accounts::UserId;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::HostId;
use daybook_domain::team::{MAX_MEMBERS, Member, Team};

use super::body::MemberBody;
use crate::auth::Host;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, Problem};
use crate::state::Api;

impl Api {
    /// The members, each with an open calendar.
    pub(super) async fn roster(&self, members: &[MemberBody], request: RequestId) -> Answer<Vec<Member>> {
        if members.len() > MAX_MEMBERS {
            return Err(Problem::invalid("members", "must have at most 100 entries"));
        }
        for (place, member) in members.iter().enumerate() {
            self.member(member, || format!("members[{place}].user_id"), request).await?;
        }
        Ok(members.iter().copied().map(Member::from).collect())
    }

    /// A member with an open calendar; `field` names whom the request means.
    pub(super) async fn member(
        &self,
        member: &MemberBody,
        field: impl FnOnce() -> String,
        request: RequestId,
    ) -> Answer<Member> {
        let user = self.user_by_id(UserId(member.user_id)).await?;
        let user = user.ok_or_else(|| Problem::invalid(field(), "must be the id of a host"))?;
        self.ensure_calendar(&user, request).await?;
        Ok(Member::from(*member))
    }

    /// Gives a team another roster, and answers with the team as it is then.
    pub(super) async fn change_roster(
        &self,
        team: &Team,
        host: &Host,
        request: RequestId,
        members: Vec<Member>,
    ) -> Answer<Team> {
        let change = CalendarCommand::ChangeTeamMembers { members };
        let done = self.command(HostId::from(team.id), host.acting_for(team, request), change).await?;
        done.calendar.team().cloned().ok_or_else(|| Problem::not_found("team"))
    }
}
