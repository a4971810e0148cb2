//! `POST /bookings/{id}/confirm`.

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

/// Which version of a booking is confirmed. May be left out altogether.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// The booking's version as the caller has seen it; refused if it has changed since.
    #[serde(default)]
    pub version: Option<u32>,
}

/// Confirm a booking
///
/// Says that a pending booking will take place. Confirming it again changes nothing.
#[utoipa::path(
    post, path = "/api/bookings/{id}/confirm", tag = "bookings", request_body = ConfirmRequest,
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
        (status = 422, description = "The booking is over, or its hold has run out", body = ProblemBody),
    )
)]
pub async fn confirm(
    State(api): State<Api>,
    Path(id): Path<BookingId>,
    host: Host,
    request: RequestId,
    change: Change<ConfirmRequest>,
) -> Answer<Response> {
    let permission = Permission::of_host(&api, &host, id, request).await?;
    let seen = change.seen(change.body.version)?;
    let command = CalendarCommand::ConfirmBooking { booking_id: id, seen };
    change.carry_out(&api, id, permission, "POST /bookings/confirm", command).await
}
