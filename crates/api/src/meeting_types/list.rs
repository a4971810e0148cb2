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
    get, path = "/api/meeting-types", tag = "meeting types", params(PageQuery),
    responses(
        (status = 200, description = "The meeting types", body = Page<MeetingTypeBody>),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn list(
    State(api): State<Api>,
    host: Host,
    Query(page): Query<PageQuery>,
) -> Answer<Json<Page<MeetingTypeBody>>> {
    let known = api.calendar(host.calendar()).await?;
    let all = known.availability.settings.meeting_types.iter();
    let all = all.map(|meeting_type| MeetingTypeBody::new(host.calendar(), meeting_type)).collect();
    Ok(Json(Page::of_short_list(all, &page, |item| item.id.to_string())?))
}
