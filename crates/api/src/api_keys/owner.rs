//! Who may manage API keys.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use daybook_accounts::User;

use crate::auth::Host;
use crate::problem::{Answer, Code, Problem};
use crate::state::Api;

/// Somebody who is logged in, rather than a program with a key of theirs.
pub struct Owner(pub User);

impl FromRequestParts<Api> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Answer<Self> {
        let Host(user) = Host::from_request_parts(parts, api).await?;
        if parts.headers.contains_key(header::AUTHORIZATION) {
            return Err(Problem::new(
                Code::Forbidden,
                "API keys are managed by people: log in instead of sending a key",
            ));
        }
        Ok(Self(user))
    }
}
