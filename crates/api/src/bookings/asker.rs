//! Who asks for a booking: somebody with an account, or somebody with its token (A2).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use daybook_domain::ids::{BookingId, HostId};

use super::manage_token::{BookingToken, Right};
use crate::auth::{Caller, Host, MaybeHost};
use crate::metrics::AuthenticationFailure;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, Code, Problem};
use crate::state::Api;

/// Who asks for a booking.
pub struct Asker {
    host: MaybeHost,
    token: BookingToken,
    request: RequestId,
}

impl FromRequestParts<Api> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Answer<Self> {
        Ok(Self {
            host: MaybeHost::from_request_parts(parts, api).await?,
            token: BookingToken::from_request_parts(parts, api).await?,
            request: RequestId::from_request_parts(parts, api).await?,
        })
    }
}

/// One of the hosts in whose calendar the account may act, in its own if it is one of them.
fn as_host(account: &Host, hosts: &[HostId], request: RequestId) -> Option<(HostId, Caller)> {
    let own = hosts.iter().find(|host| **host == account.calendar());
    let host = *own.or_else(|| hosts.iter().find(|host| account.may_act_on(**host)))?;
    Some((host, account.acting_on(host, request)))
}

impl Permission {
    /// The right of a host, or an admin, to decide about a booking; guests have no part in it.
    pub async fn of_host(api: &Api, account: &Host, booking: BookingId, request: RequestId) -> Answer<Self> {
        let acting = as_host(account, &api.hosts_of_booking(booking).await?, request);
        let (host, caller) = acting.ok_or_else(|| Problem::not_found("booking"))?;
        Ok(Self { host, caller, right: Right::Manage })
    }
}

/// A booking that the asker may act on.
#[derive(Clone, Debug)]
pub struct Permission {
    /// Whose calendar it is in; of several, one.
    pub host: HostId,
    /// On whose behalf they act.
    pub caller: Caller,
    /// What they may do: never more than they asked for.
    pub right: Right,
}

impl Asker {
    /// The right to act on a booking. A refusal does not tell whether the booking exists.
    ///
    /// Without credentials nothing is looked up, so that guessing ids costs the guesser more than us.
    pub async fn permission(&self, api: &Api, booking: BookingId, right: Right) -> Answer<Permission> {
        let token_allows = self.token.allows(api, booking, right);
        if !token_allows && self.host.0.is_none() {
            return Err(if self.token.is_given() {
                api.metrics.authentication_failed(AuthenticationFailure::BookingToken);
                tracing::warn!("a booking token was refused");
                Problem::not_found("booking")
            } else {
                Problem::new(
                    Code::Unauthenticated,
                    "log in as the host, or send the booking's token as X-Booking-Token",
                )
            });
        }
        let hosts = api.hosts_of_booking(booking).await?;
        let (host, caller) = match self.host.0.as_ref().and_then(|account| as_host(account, &hosts, self.request)) {
            Some(acting) => acting,
            None => match hosts.first() {
                Some(host) if token_allows => (*host, Caller::guest(self.request)),
                _ => return Err(Problem::not_found("booking")),
            },
        };
        // A host may manage what they may see; a token that only reads stays a token that only reads.
        let manages = right == Right::Manage || !token_allows || self.token.allows(api, booking, Right::Manage);
        Ok(Permission { host, caller, right: if manages { Right::Manage } else { Right::Read } })
    }
}
