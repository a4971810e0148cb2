//! `PUT /teams/{id}/members/{user_id}`.

use axum::extract::State;
use daybook_domain::ids::{HostId, TeamId};
use daybook_domain::team::Member;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::MemberBody;
use crate::auth::Host;
use crate::extract::{Json, Path};
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// What counts for a member; what is not said takes its default.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberTerms {
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

/// Change a member of a team
///
/// Whoever is not active keeps their bookings and takes no new ones.
#[utoipa::path(
    put, path = "/api/teams/{id}/members/{user_id}", tag = "teams", params(("id" = uuid::Uuid, Path), ("user_id" = uuid::Uuid, Path)), request_body = MemberTerms,
    responses(
        (status = 200, description = "The member", body = MemberBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 403, description = "Only its owner may change it", body = ProblemBody),
        (status = 404, description = "No such team of yours, or no such member", body = ProblemBody),
    )
)]
pub async fn change_member(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Path((id, user_id)): Path<(TeamId, HostId)>,
    Json(body): Json<MemberTerms>,
) -> Answer<Json<MemberBody>> {
    let team = api.team_managed_by(&host, id).await?;
    if !team.has(user_id) {
        return Err(Problem::not_found("member"));
    }
    let MemberTerms { weight, priority, is_active } = body;
    let changed = Member { host_id: user_id, weight, priority, is_active };
    let members = team.members.iter().map(|member| if member.host_id == user_id { changed } else { *member }).collect();
    api.change_roster(&team, &host, request, members).await?;
    Ok(Json(MemberBody::from(&changed)))
}
