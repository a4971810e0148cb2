//! `GET /teams/{id}`.

use axum::extract::State;
use daybook_domain::ids::TeamId;

use super::body::TeamBody;
use crate::auth::Host;
use crate::extract::{Json, Path};
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// A team that you are in, or manage
#[utoipa::path(
    get, path = "/api/teams/{id}", tag = "teams", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The team", body = TeamBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such team of yours", body = ProblemBody),
    )
)]
pub async fn show(State(api): State<Api>, host: Host, Path(id): Path<TeamId>) -> Answer<Json<TeamBody>> {
    Ok(Json(TeamBody::from(&api.team_of(&host, id).await?)))
}
