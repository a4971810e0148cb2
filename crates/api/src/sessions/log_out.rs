//! `POST /auth/logout`: ends the browser's session.

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::auth::{cookie, origin};
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// Log out
///
/// Ends the session on every node at once, and takes the cookie away. Somebody who is not logged in is logged out already.
#[utoipa::path(
    post, path = "/api/auth/logout", tag = "sessions",
    responses(
        (
            status = 204, description = "Logged out",
            headers(("Set-Cookie" = String, description = "The session, expired")),
        ),
        (status = 403, description = "Another site's page asked for it", body = ProblemBody),
    )
)]
pub async fn log_out(State(api): State<Api>, headers: HeaderMap) -> Answer<Response> {
    if let Some(session) = cookie::session(&headers) {
        origin::check(&Method::POST, &headers, &api.public_url)?;
        api.accounts.log_out(&session).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().extend(cookie::clear(api.secure_cookies).map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}
