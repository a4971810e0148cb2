//! `GET /meeting-types/{id}`.

use axum::extract::State;
use daybook_domain::ids::MeetingTypeId;

use super::body::MeetingTypeBody;
use crate::extract::{Json, Path};
use crate::problem::{Answer, ProblemBody};
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
    let (host, _, meeting_type) = api.meeting_type(id).await?;
    Ok(Json(MeetingTypeBody::new(host, &meeting_type)))
}
