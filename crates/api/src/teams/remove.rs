//! `DELETE /teams/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::{HostId, TeamId};

use crate::auth::Host;
use crate::extract::Path;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// Disband a team
///
/// What it offers is withdrawn; its bookings stay with their hosts.
#[utoipa::path(
    delete, path = "/api/teams/{id}", tag = "teams", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 403, description = "Only its owner may change it", body = ProblemBody),
        (status = 404, description = "No such team of yours", body = ProblemBody),
    )
)]
pub async fn remove(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Path(id): Path<TeamId>,
) -> Answer<StatusCode> {
    let team = api.team_managed_by(&host, id).await?;
    api.command(HostId::from(id), host.acting_for(&team, request), CalendarCommand::DisbandTeam).await?;
    api.accounts.release_team_page(id.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
