//! What a request proves its sender with, and who that is.

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use daybook_accounts::{ApiKeyToken, Scope, Scopes, SessionToken, User};

use super::{cookie, origin};
use crate::metrics::AuthenticationFailure;
use crate::problem::{Answer, Code, Problem};
use crate::state::Api;

/// A session or an API key. May have ended since it was sent.
#[derive(Clone, Debug)]
pub enum Credential {
    /// Of somebody who is logged in.
    Session(SessionToken),
    /// Of somebody's program.
    ApiKey(ApiKeyToken),
}

/// Who holds a credential.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Their account.
    pub user: User,
    /// What the credential is good for; a session is for whatever its owner may do.
    scopes: Option<Scopes>,
}

impl Holder {
    /// Whether the credential is good for this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.contains(scope))
    }

    /// Whether it is an API key of this scope.
    pub fn is_key_for(&self, scope: Scope) -> bool {
        self.scopes.as_ref().is_some_and(|scopes| scopes.contains(scope))
    }
}

impl Credential {
    /// The credential of a request, if it carries one. A bearer token that cannot be an API key is refused; a cookie that
    /// cannot be a session is none.
    fn of(headers: &HeaderMap, api: &Api) -> Answer<Option<Self>> {
        let Some(authorization) = headers.get(header::AUTHORIZATION) else {
            return Ok(cookie::session(headers).map(Self::Session));
        };
        let bearer = authorization.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")).map(str::trim);
        let key = bearer.and_then(ApiKeyToken::parse).ok_or_else(|| refused_key(api))?;
        Ok(Some(Self::ApiKey(key)))
    }

    /// Who holds it now; nobody once it has ended.
    pub async fn holder(&self, api: &Api) -> Answer<Option<Holder>> {
        let now = api.clock.now();
        Ok(match self {
            Self::Session(session) => {
                let user = api.accounts.authenticate_session(session, now).await?;
                user.map(|user| Holder { user, scopes: None })
            }
            Self::ApiKey(key) => {
                let holder = api.accounts.authenticate_api_key(key, now).await?;
                holder.map(|holder| Holder { user: holder.user, scopes: Some(holder.scopes) })
            }
        })
    }
}

/// Who sends a request, by its credential. A wrong API key is refused; a session that has ended is nobody's.
pub(super) async fn authenticate(parts: &Parts, api: &Api) -> Answer<Option<(Credential, Holder)>> {
    let Some(credential) = Credential::of(&parts.headers, api)? else {
        return Ok(None);
    };
    match (credential.holder(api).await?, &credential) {
        (Some(holder), Credential::Session(_)) => {
            origin::check(&parts.method, &parts.headers, &api.public_url)?;
            Ok(Some((credential, holder)))
        }
        (Some(holder), Credential::ApiKey(_)) => Ok(Some((credential, holder))),
        (None, Credential::Session(_)) => Ok(None),
        (None, Credential::ApiKey(_)) => Err(refused_key(api)),
    }
}

fn refused_key(api: &Api) -> Problem {
    api.metrics.authentication_failed(AuthenticationFailure::ApiKey);
    tracing::warn!("an API key was refused");
    Problem::new(Code::Unauthenticated, "the API key is not valid")
}
