//! `GET /meeting-types`.

use axum::extract::State;
use daybook_domain::ids::TeamId;
use serde::Deserialize;

use super::body::MeetingTypeBody;
use crate::auth::Host;
use crate::extract::{Json, Query};
use crate::page::{Page, PageQuery};
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// Whose meeting types, and which page of them.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Those of a team that you are in; your own if not given.
    #[param(value_type = Option<Uuid>)]
    pub team_id: Option<TeamId>,
    /// Items at most, 1 to 100; 50 if not given.
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Your meeting types, or those of a team, oldest first
#[utoipa::path(
    get, path = "/api/meeting-types", tag = "meeting types", params(ListQuery),
    responses(
        (status = 200, description = "The meeting types", body = Page<MeetingTypeBody>),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such team of yours", body = ProblemBody),
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
