//! `GET /meeting-types/{id}`.

use axum::extract::State;
use daybook_domain::ids::MeetingTypeId;

use super::body::MeetingTypeBody;
use crate::extract::{Json, Path};
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// A meeting type, for whoever knows its id
#[utoipa::path(
    get, path = "/api/meeting-types/{id}", tag = "meeting types", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The meeting type", body = MeetingTypeBody),
        (status = 400, description = "The id is malformed", body = ProblemBody),
        (status = 404, description = "No such meeting type", body = ProblemBody),
    )
)]
pub async fn show(State(api): State<Api>, Path(id): Path<MeetingTypeId>) -> Answer<Json<MeetingTypeBody>> {
    let owner = api.host_of_meeting_type(id).await?;
    let known = api.calendar_with(owner, id).await?;
    let meeting_type = known.availability.settings.meeting_type(id);
    let meeting_type = meeting_type.ok_or_else(|| Problem::not_found("meeting type"))?;
    Ok(Json(MeetingTypeBody::new(owner, meeting_type)))
}
