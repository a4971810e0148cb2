//! `DELETE /teams/{id}/members/{user_id}`.

use axum::extract::State;
use axum::http::StatusCode;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::calendar::event::Party;
use daybook_domain::ids::{HostId, TeamId};

use crate::auth::{Caller, Host};
use crate::extract::Path;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Remove a member from a team
///
/// Members may leave by themselves. Their bookings stay with them.
#[utoipa::path(
    delete, path = "/api/teams/{id}/members/{user_id}", tag = "teams", params(("id" = uuid::Uuid, Path), ("user_id" = uuid::Uuid, Path)),
    responses(
        (status = 204, description = "They are no longer in it"),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 403, description = "Only its owner may change it", body = ProblemBody),
        (status = 404, description = "No such team of yours, or no such member", body = ProblemBody),
    )
)]
pub async fn remove_member(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Path((id, user_id)): Path<(TeamId, HostId)>,
) -> Answer<StatusCode> {
    let leaves = user_id == host.calendar();
    let team = if leaves { api.team_of(&host, id).await? } else { api.team_managed_by(&host, id).await? };
    if !team.has(user_id) {
        return Err(Problem::not_found("member"));
    }
    let members = team.members.iter().filter(|member| member.host_id != user_id).copied().collect();
    let caller = if host.manages(&team) {
        host.acting_for(&team, request)
    } else {
        Caller { actor: format!("host:{}", host.0.id), party: Party::Host, correlation: request.0 }
    };
    api.command(HostId::from(id), caller, CalendarCommand::ChangeTeamMembers { members }).await?;
    Ok(StatusCode::NO_CONTENT)
}
