//! `PUT /teams/{id}`.

use axum::extract::State;
use daybook_accounts::UserId;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::{HostId, TeamId};

use super::body::{MemberBody, TeamBody, TeamRequest};
use crate::auth::Host;
use crate::extract::{Json, Path};
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// Replace a team
///
/// Without `members` only yourself is left in it. Bookings of those who leave stay with them.
#[utoipa::path(
    put, path = "/api/teams/{id}", tag = "teams", params(("id" = uuid::Uuid, Path)), request_body = TeamRequest,
    responses(
        (status = 200, description = "The team", body = TeamBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 403, description = "Only its owner may change it", body = ProblemBody),
        (status = 404, description = "No such team of yours", body = ProblemBody),
        (status = 409, description = "The slug is taken", body = ProblemBody),
    )
)]
pub async fn replace(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Path(id): Path<TeamId>,
    Json(body): Json<TeamRequest>,
) -> Answer<Json<TeamBody>> {
    let team = api.team_managed_by(&host, id).await?;
    let (page, slug) = body.page()?;
    let owner = MemberBody { user_id: team.owner.0, weight: 1, priority: 0, is_active: true };
    let members = api.roster(body.members.as_deref().unwrap_or(&[owner]), request).await?;
    if slug != team.slug {
        api.claim_page(id, &page, UserId(team.owner.0)).await?;
    }
    let change = CalendarCommand::ChangeTeam { name: body.name, slug };
    api.command(HostId::from(id), host.acting_for(&team, request), change).await?;
    let team = api.change_roster(&team, &host, request, members).await?;
    Ok(Json(TeamBody::from(&team)))
}
