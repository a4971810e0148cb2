//! `PUT /bookings/{id}/reschedule`.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::{BookingId, SessionId};
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

/// Where a booking should move.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RescheduleRequest {
    /// Its new start: a time that the availability offers.
    #[schema(example = "2027-01-12T10:00:00Z")]
    pub start_time: DateTime<Utc>,
    /// Why.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub reason: Option<Description>,
    /// The booking's version as the caller has seen it; refused if it has changed since.
    #[serde(default)]
    pub version: Option<u32>,
}

/// Move a booking
///
/// The booking keeps its id. Its old time is free at the same moment at which the new one is taken.
#[utoipa::path(
    put, path = "/api/bookings/{id}/reschedule", tag = "bookings", request_body = RescheduleRequest,
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
        (status = 409, description = "The time is taken, or the booking changed in the meantime", body = ProblemBody),
        (status = 422, description = "The time is not offered, or the booking is over", body = ProblemBody),
    )
)]
pub async fn reschedule(
    State(api): State<Api>,
    Path(id): Path<BookingId>,
    asker: Asker,
    change: Change<RescheduleRequest>,
) -> Answer<Response> {
    let permission = asker.permission(&api, id, Right::Manage).await?;
    let seen = change.seen(change.body.version)?;
    let by = permission.caller.party;
    let command = CalendarCommand::RescheduleBooking {
        booking_id: id,
        start: change.body.start_time,
        session_id: SessionId(api.clock.new_id()),
        by,
        reason: change.body.reason.clone(),
        seen,
    };
    change.carry_out(&api, id, permission, "PUT /bookings/reschedule", command).await
}
