//! `GET /meeting-types`.

use axum::extract::State;

use super::body::MeetingTypeBody;
use crate::auth::Host;
use crate::extract::{Json, Query};
use crate::page::{Page, PageQuery};
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// Your meeting types, oldest first
#[utoipa::path(
    get, path = "/api/meeting-types", tag = "meeting types", params(ListQuery),
    responses(
        (status = 200, description = "The meeting types", body = Page<MeetingTypeBody>),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn list(
    State(api): State<Api>,
    host: Host,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<MeetingTypeBody>>> {
    let ListQuery { team_id, limit, cursor } = query;
    let owner = match team_id {
        Some(team) => api.team_of(&host, team).await?.id.into(),
        None => host.calendar(),
    };
    let known = api.calendar(owner).await?;
    let offered = known.availability.settings.own_meeting_types();
    let all = offered.map(|meeting_type| MeetingTypeBody::new(owner, meeting_type)).collect();
    Ok(Json(Page::of_short_list(all, &PageQuery { limit, cursor }, |item| item.id.to_string())?))
}
