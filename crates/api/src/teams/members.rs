//! `GET /teams/{id}/members`.

use axum::extract::State;
use daybook_domain::ids::TeamId;

use super::body::MemberBody;
use crate::auth::Host;
use crate::extract::{Json, Path, Query};
use crate::page::{Page, PageQuery};
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// Who is in a team
#[utoipa::path(
    get, path = "/api/teams/{id}/members", tag = "teams", params(("id" = uuid::Uuid, Path), PageQuery),
    responses(
        (status = 200, description = "The members", body = Page<MemberBody>),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such team of yours", body = ProblemBody),
    )
)]
pub async fn members(
    State(api): State<Api>,
    host: Host,
    Path(id): Path<TeamId>,
    Query(page): Query<PageQuery>,
) -> Answer<Json<Page<MemberBody>>> {
    let team = api.team_of(&host, id).await?;
    let all = team.members.iter().map(MemberBody::from).collect();
    Ok(Json(Page::of_short_list(all, &page, |member| member.user_id.to_string())?))
}
