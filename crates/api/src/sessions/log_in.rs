//! `POST /auth/login`: a session for whoever proves to own an account.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use daybook_accounts::fields::PasswordAttempt;
use daybook_accounts::{AccountsError, LogIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::NO_STORE;
use super::password::TypedPassword;
use crate::auth::cookie;
use crate::extract::Json;
use crate::middleware::edge::RequestId;
use crate::middleware::limits;
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;
use crate::users::body::UserBody;

/// Who logs in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogInRequest {
    /// The account's e-mail address, in whatever case.
    #[schema(format = "email", example = "ada@example.org")]
    pub email: String,
    /// The account's password.
    pub password: TypedPassword,
}

/// Who is logged in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionAnswer {
    /// The account.
    pub user: UserBody,
}

/// Log in
///
/// Sets the cookie `daybook_session`, which lasts for seven days or until the log-out, and ends the session that the browser
/// had before. Attempts are limited by client and by address. A wrong password and an unknown address get the same answer.
#[utoipa::path(
    post, path = "/api/auth/login", tag = "sessions", request_body = LogInRequest,
    responses(
        (
            status = 200, description = "Logged in", body = SessionAnswer,
            headers(("Set-Cookie" = String, description = "The session")),
        ),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "The address or the password is wrong", body = ProblemBody),
    )
)]
pub async fn log_in(
    State(api): State<Api>,
    request: RequestId,
    headers: HeaderMap,
    Json(body): Json<LogInRequest>,
) -> Answer<Response> {
    let attempt = api.limits.log_in(&body.email).map_err(|exceeded| limits::refuse(&api, exceeded))?;
    let password = PasswordAttempt::new(body.password.expose());
    let replaced = cookie::session(&headers);
    let logged_in = api.accounts.log_in(&body.email, &password, replaced.as_ref(), api.clock.now()).await;
    let LogIn { user, session, .. } = logged_in.inspect_err(|error| note_failure(&api, error))?;
    attempt.succeeded();
    let known = api.ensure_calendar(&user, request).await?;
    let user = UserBody::new(&user, &known.availability.settings.zones);
    let mut response = (NO_STORE, Json(SessionAnswer { user })).into_response();
    response.headers_mut().extend(cookie::set(&session, api.secure_cookies).map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}

/// Counts and logs an attempt of a stranger. Whom they tried to be is nobody's business.
fn note_failure(api: &Api, error: &AccountsError) {
    if let AccountsError::LogInRefused(refusal) = error {
        api.metrics.authentication_failed((*refusal).into());
        tracing::warn!(reason = refusal.label(), "a log-in was refused");
    }
}
