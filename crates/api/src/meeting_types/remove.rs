//! `DELETE /meeting-types/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::MeetingTypeId;

use crate::auth::Host;
use crate::extract::Path;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// No longer offer a meeting type
///
/// Its bookings stay.
#[utoipa::path(
    delete, path = "/api/meeting-types/{id}", tag = "meeting types", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such meeting type of yours", body = ProblemBody),
    )
)]
pub async fn remove(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Path(id): Path<MeetingTypeId>,
) -> Answer<StatusCode> {
    let owner = api.host_of_meeting_type(id).await?;
    let caller = api.caller_for_offers_of(owner, &host, request).await?;
    let remove = CalendarCommand::RemoveMeetingType { meeting_type_id: id };
    api.command(owner, caller, remove).await?;
    Ok(StatusCode::NO_CONTENT)
}
