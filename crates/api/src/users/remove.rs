//! `DELETE /users/me`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::erasure::erase_host;
use crate::auth::{Host, cookie};
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// Delete your account
///
/// Cancels your upcoming bookings, whose guests are told why, removes your meeting types, takes you out of your teams, disbands
/// those that you own, and ends all sessions and API keys.
/// There is no way back.
#[utoipa::path(
    delete, path = "/api/users/me", tag = "users",
    responses(
        (
            status = 204, description = "It is gone",
            headers(("Set-Cookie" = String, description = "The session, expired")),
        ),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn remove(State(api): State<Api>, request: RequestId, host: Host) -> Answer<Response> {
    let calendar = host.calendar();
    let caller = host.acting_on(calendar, request);
    let erased = erase_host(&api.store, &api.accounts, calendar, &caller, &api.clock).await?;
    for (host, version) in erased.teams.into_iter().chain([(calendar, erased.calendar.version)]) {
        api.availability.hear(host, version);
    }
    if let Some(place) = erased.calendar.place {
        api.own_writes.note(calendar, place);
    }
    api.profiles.forget(host.0.id);
    tracing::info!(host = %calendar, cancelled = erased.calendar.cancelled, "a host has left");
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().extend(cookie::clear(api.secure_cookies).map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}
