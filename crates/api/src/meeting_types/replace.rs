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
    let caller = api.caller_for_offers_of(owner, &host, request).await?;
    let known = api.calendar(owner).await?;
    let team = known.availability.settings.team.as_ref().map(|team| team.id);
    if body.team_id.is_some_and(|id| Some(id) != team) {
        return Err(Problem::invalid("team_id", "must stay as it is"));
    }
    let meeting_type = MeetingTypeRequest { team_id: team, ..body }.into_meeting_type(id);
    let answer = MeetingTypeBody::new(owner, &meeting_type);
    let change = CalendarCommand::ChangeMeetingType { meeting_type: Box::new(meeting_type) };
    api.command(owner, caller, change).await?;
    Ok(Json(answer))
}
