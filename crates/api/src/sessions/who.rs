//! `GET /auth/me`: who is logged in.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};

use super::NO_STORE;
use super::log_in::SessionAnswer;
use crate::auth::Host;
use crate::extract::Json;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;
use crate::users::body::UserBody;

/// Who you are
///
/// The account behind the session or API key.
#[utoipa::path(
    get, path = "/api/auth/me", tag = "sessions",
    responses(
        (status = 200, description = "Your account", body = SessionAnswer),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn who(
    State(api): State<Api>,
    request: RequestId,
    Host(user): Host,
) -> Answer<([(HeaderName, HeaderValue); 1], Json<SessionAnswer>)> {
    let known = api.ensure_calendar(&user, request).await?;
    let user = UserBody::new(&user, &known.availability.settings.zones);
    Ok((NO_STORE, Json(SessionAnswer { user })))
}
