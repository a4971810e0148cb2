//! `POST /bookings/{id}/decline`.

use axum::extract::State;
use axum::response::Response;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::BookingId;
use daybook_domain::text::Description;
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

/// Why a booking is declined. May be left out altogether.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineRequest {
    /// Why.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub reason: Option<Description>,
    /// The booking's version as the caller has seen it; refused if it has changed since.
    #[serde(default)]
    pub version: Option<u32>,
}

/// Decline a booking
///
/// Gives the time of a pending booking free. One that is confirmed is called off instead.
#[utoipa::path(
    post, path = "/api/bookings/{id}/decline", tag = "bookings", request_body = DeclineRequest,
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
        (status = 422, description = "The booking is not pending, or its hold has run out", body = ProblemBody),
    )
)]
pub async fn decline(
    State(api): State<Api>,
    Path(id): Path<BookingId>,
    host: Host,
    request: RequestId,
    change: Change<DeclineRequest>,
) -> Answer<Response> {
    let permission = Permission::of_host(&api, &host, id, request).await?;
    let seen = change.seen(change.body.version)?;
    let by = permission.caller.party;
    let command = CalendarCommand::DeclineBooking { booking_id: id, by, reason: change.body.reason.clone(), seen };
    change.carry_out(&api, id, permission, "POST /bookings/decline", command).await
}
