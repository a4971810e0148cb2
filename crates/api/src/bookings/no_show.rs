//! `POST /bookings/{id}/no-show`.

use axum::extract::State;
use axum::response::Response;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::BookingId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asker::Permission;
use super::booking::BookingBody;
use super::change::{Change, ChangeHeaders};
use crate::auth::Host;
use crate::extract::Path;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// Which version of a booking is meant. May be left out altogether.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoShowRequest {
    /// The booking's version as the caller has seen it; refused if it has changed since.
    #[serde(default)]
    pub version: Option<u32>,
}

/// Note that the guest did not come
///
/// For a confirmed booking whose meeting has begun. Saying it again changes nothing.
#[utoipa::path(
    post, path = "/api/bookings/{id}/no-show", tag = "bookings", request_body = NoShowRequest,
    params(
        ("id" = uuid::Uuid, Path),
        ChangeHeaders,
    ),
    responses(
        (status = 200, description = "The booking", body = BookingBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such booking, or not yours", body = ProblemBody),
        (status = 409, description = "The booking changed in the meantime", body = ProblemBody),
        (status = 422, description = "The booking is not confirmed, or has not begun", body = ProblemBody),
    )
)]
pub async fn no_show(
    State(api): State<Api>,
    Path(id): Path<BookingId>,
    host: Host,
    request: RequestId,
    change: Change<NoShowRequest>,
) -> Answer<Response> {
    let permission = Permission::of_host(&api, &host, id, request).await?;
    let seen = change.seen(change.body.version)?;
    let by = permission.caller.party;
    let command = CalendarCommand::MarkNoShow { booking_id: id, by, seen };
    change.carry_out(&api, id, permission, "POST /bookings/no-show", command).await
}
