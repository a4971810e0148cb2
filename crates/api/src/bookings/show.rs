//! `GET /bookings/{id}`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use daybook_domain::ids::BookingId;

use super::answer::BookingAnswer;
use super::asker::Asker;
use super::manage_token::Right;
use crate::extract::{Json, Path};
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// A booking, for its host or whoever holds its token
#[utoipa::path(
    get, path = "/api/bookings/{id}", tag = "bookings",
    params(
        ("id" = uuid::Uuid, Path),
        ("X-Booking-Token" = Option<String>, Header, description = "The booking's token, for guests"),
        ("token" = Option<String>, Query, description = "The same, for links"),
    ),
    responses(
        (status = 200, description = "The booking", body = BookingAnswer),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such booking, or not yours", body = ProblemBody),
    )
)]
pub async fn show(State(api): State<Api>, Path(id): Path<BookingId>, asker: Asker) -> Answer<Response> {
    let permission = asker.permission(&api, id, Right::Read).await?;
    let booking = api.booking(permission.host, id).await?;
    let tag = booking.entity_tag();
    let answer = BookingAnswer::new(&api, booking, permission.right).await?;
    Ok(([(header::ETAG, tag), (header::CACHE_CONTROL, "no-store".to_owned())], Json(answer)).into_response())
}
