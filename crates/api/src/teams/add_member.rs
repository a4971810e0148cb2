//! `POST /teams/{id}/members`.

use axum::extract::State;
use axum::http::StatusCode;
use daybook_domain::ids::TeamId;

use super::body::MemberBody;
use crate::auth::Host;
use crate::extract::{Json, Path};
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Add a member to a team
///
/// They come last in the roster, and start level with the others in whatever is distributed.
#[utoipa::path(
    post, path = "/api/teams/{id}/members", tag = "teams", params(("id" = uuid::Uuid, Path)), request_body = MemberBody,
    responses(
        (status = 201, description = "The member", body = MemberBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 403, description = "Only its owner may change it", body = ProblemBody),
        (status = 404, description = "No such team of yours", body = ProblemBody),
    )
)]
pub async fn add_member(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Path(id): Path<TeamId>,
    Json(body): Json<MemberBody>,
) -> Answer<(StatusCode, Json<MemberBody>)> {
    let team = api.team_managed_by(&host, id).await?;
    if team.has(body.user_id.into()) {
        return Err(Problem::invalid("user_id", "must not be a member already"));
    }
    let new = api.member(&body, || "user_id".to_owned(), request).await?;
    let members = team.members.iter().copied().chain([new]).collect();
    api.change_roster(&team, &host, request, members).await?;
    Ok((StatusCode::CREATED, Json(body)))
}
