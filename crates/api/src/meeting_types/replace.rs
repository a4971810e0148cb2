//! `PUT /meeting-types/{id}`.

use axum::extract::State;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::MeetingTypeId;

use super::body::{MeetingTypeBody, MeetingTypeRequest};
use crate::auth::Host;
use crate::extract::{Json, Path};
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Replace a meeting type
///
/// What the body leaves out takes its default. Bookings keep the times and buffers they were made with.
#[utoipa::path(
    put, path = "/api/meeting-types/{id}", tag = "meeting types", params(("id" = uuid::Uuid, Path)),
    request_body = MeetingTypeRequest,
    responses(
        (status = 200, description = "The meeting type", body = MeetingTypeBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such meeting type of yours", body = ProblemBody),
        (status = 409, description = "The slug is taken", body = ProblemBody),
    )
)]
pub async fn replace(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Path(id): Path<MeetingTypeId>,
    Json(body): Json<MeetingTypeRequest>,
) -> Answer<Json<MeetingTypeBody>> {
    let owner = api.host_of_meeting_type(id).await?;
    if !host.may_act_on(owner) {
        return Err(Problem::not_found("meeting type"));
    }
    let meeting_type = body.into_meeting_type(id, None);
    let answer = MeetingTypeBody::new(owner, &meeting_type);
    let change = CalendarCommand::ChangeMeetingType { meeting_type: Box::new(meeting_type) };
    api.command(owner, host.acting_on(owner, request), change).await?;
    Ok(Json(answer))
}
