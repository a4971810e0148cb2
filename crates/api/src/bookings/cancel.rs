//! `DELETE /bookings/{id}`.

use axum::extract::State;
use axum::response::Response;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::BookingId;
use daybook_domain::text::Description;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asker::Asker;
use super::booking::BookingBody;
use super::change::{Change, ChangeHeaders};
use super::manage_token::Right;
use crate::extract::Path;
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// Why a booking is called off. May be left out altogether.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRequest {
    /// Why.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub reason: Option<Description>,
    /// The booking's version as the caller has seen it; refused if it has changed since.
    #[serde(default)]
    pub version: Option<u32>,
}

/// Call a booking off
#[utoipa::path(
    delete, path = "/api/bookings/{id}", tag = "bookings", request_body = CancelRequest,
    params(
        ("id" = uuid::Uuid, Path),
        ("X-Booking-Token" = Option<String>, Header, description = "The booking's token, for guests"),
        ChangeHeaders,
    ),
    responses(
        (status = 200, description = "The booking", body = BookingBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such booking, or not yours", body = ProblemBody),
        (status = 409, description = "The booking changed in the meantime", body = ProblemBody),
        (status = 422, description = "The booking is over", body = ProblemBody),
    )
)]
pub async fn cancel(
    State(api): State<Api>,
    Path(id): Path<BookingId>,
    asker: Asker,
    change: Change<CancelRequest>,
) -> Answer<Response> {
    let permission = asker.permission(&api, id, Right::Manage).await?;
    let seen = change.seen(change.body.version)?;
    let by = permission.caller.party;
    let command = CalendarCommand::CancelBooking { booking_id: id, by, reason: change.body.reason.clone(), seen };
    change.carry_out(&api, id, permission, "DELETE /bookings", command).await
}
