//! The host or admin behind a request, known by their session or API key.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use daybook_accounts::{Role, Scope, User};
use daybook_domain::calendar::event::Party;
use daybook_domain::ids::HostId;
use uuid::Uuid;

use super::credential;
use crate::middleware::edge::RequestId;
use crate::middleware::limits;
use crate::problem::{Answer, Code, Problem};
use crate::state::Api;

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct Host(pub User);

/// Somebody with an account, or anybody.
#[derive(Clone, Debug)]
pub struct MaybeHost(pub Option<Host>);

/// On whose behalf a command is given, as the log records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// `guest`, `host:<id>` or `admin:<id>`.
    pub actor: String,
    /// In which part they act on a booking.
    pub party: Party,
    /// The request.
    pub correlation: Uuid,
}

impl Host {
    /// Their own calendar.
    pub const fn calendar(&self) -> HostId {
        HostId(self.0.id.0)
    }

    /// Whether they may act on this host's calendar: their own, or anybody's for an admin.
    pub fn may_act_on(&self, host: HostId) -> bool {
        self.calendar() == host || self.0.role == Role::Admin
    }

    /// Themselves, acting on this host's calendar.
    pub fn acting_on(&self, host: HostId, request: RequestId) -> Caller {
        let (party, part) = if self.calendar() == host { (Party::Host, "host") } else { (Party::Admin, "admin") };
        Caller { actor: format!("{part}:{}", self.0.id), party, correlation: request.0 }
    }
}

impl Caller {
    /// Somebody without an account.
    pub fn guest(request: RequestId) -> Self {
        Self { actor: "guest".to_owned(), party: Party::Guest, correlation: request.0 }
    }
}

impl FromRequestParts<Api> for Host {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Answer<Self> {
        authenticate(parts, api)
            .await?
            .ok_or_else(|| Problem::new(Code::Unauthenticated, "log in, or send an API key as Authorization: Bearer"))
    }
}

impl FromRequestParts<Api> for MaybeHost {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Answer<Self> {
        authenticate(parts, api).await.map(Self)
    }
}

impl FromRequestParts<Api> for RequestId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Answer<Self> {
        Ok(parts.extensions.get().copied().unwrap_or_else(|| Self(Uuid::now_v7())))
    }
}

/// Credentials that are sent but wrong are refused; none at all is for the operation to judge.
async fn authenticate(parts: &Parts, api: &Api) -> Answer<Option<Host>> {
    let host = look_up(parts, api).await?;
    if let Some(Host(user)) = &host {
        limits::of_account(parts, api, user.id)?;
    }
    Ok(host)
}

async fn look_up(parts: &Parts, api: &Api) -> Answer<Option<Host>> {
    match credential::authenticate(parts, api).await? {
        Some((_, holder)) if holder.may(Scope::Calendar) => Ok(Some(Host(holder.user))),
        Some(_) => Err(Problem::new(Code::Forbidden, "the API key is not for calendars: it lacks the scope calendar")),
        None => Ok(None),
    }
}
