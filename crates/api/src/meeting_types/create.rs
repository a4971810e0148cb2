//! `POST /meeting-types`.

use axum::extract::State;
use axum::http::StatusCode;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::MeetingTypeId;

use super::body::{MeetingTypeBody, MeetingTypeRequest};
use crate::auth::Host;
use crate::extract::Json;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// Offer a new kind of meeting
#[utoipa::path(
    post, path = "/api/meeting-types", tag = "meeting types", request_body = MeetingTypeRequest,
    responses(
        (status = 201, description = "The meeting type", body = MeetingTypeBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 403, description = "Only a team's owner may say what it offers", body = ProblemBody),
        (status = 404, description = "No such team of yours", body = ProblemBody),
        (status = 409, description = "The slug is taken", body = ProblemBody),
    )
)]
pub async fn create(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Json(body): Json<MeetingTypeRequest>,
) -> Answer<(StatusCode, Json<MeetingTypeBody>)> {
    let meeting_type = body.into_meeting_type(MeetingTypeId(api.clock.new_id()));
    let (owner, caller) = match meeting_type.team_id {
        Some(id) => (id.into(), host.acting_for(&api.team_managed_by(&host, id).await?, request)),
        None => (host.calendar(), host.acting_on(host.calendar(), request)),
    };
    let answer = MeetingTypeBody::new(owner, &meeting_type);
    let add = CalendarCommand::AddMeetingType { meeting_type: Box::new(meeting_type) };
    api.command(owner, caller, add).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}
