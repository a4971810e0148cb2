//! `GET /teams`.

use axum::extract::State;
use daybook_domain::ids::TeamId;

use super::body::TeamBody;
use crate::auth::Host;
use crate::extract::{Json, Query};
use crate::page::{Page, PageQuery};
use crate::problem::{Answer, Code, ProblemBody};
use crate::state::Api;

/// Your teams
///
/// Those that you are in, and those that you manage.
#[utoipa::path(
    get, path = "/api/teams", tag = "teams", params(PageQuery),
    responses(
        (status = 200, description = "The teams", body = Page<TeamBody>),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn list(State(api): State<Api>, host: Host, Query(page): Query<PageQuery>) -> Answer<Json<Page<TeamBody>>> {
    let known = api.calendar(host.calendar()).await?;
    let owned = api.accounts.teams_of_owner(host.0.id).await?.into_iter().map(TeamId);
    let mut ids: Vec<TeamId> = known.availability.settings.teams.iter().copied().chain(owned).collect();
    ids.sort_unstable();
    ids.dedup();
    let page = Page::of_short_list(ids, &page, ToString::to_string)?;
    let mut items = Vec::with_capacity(page.items.len());
    for id in page.items {
        match api.team_of(&host, id).await {
            Ok(team) => items.push(TeamBody::from(&team)),
            // It is being formed, or was disbanded a moment ago.
            Err(problem) if problem.code() == Code::NotFound => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(Json(Page { items, next_cursor: page.next_cursor }))
}
