//! Who listens to events, and which of them they see (SPEC §2, E9).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use daybook_accounts::{Role, Scope, UserId};
use daybook_domain::ids::HostId;
use daybook_event_store::Selection;

use super::credential::{self, Credential, Holder};
use crate::middleware::limits;
use crate::problem::{Answer, Code, Problem};
use crate::state::Api;

/// Somebody who may listen, for as long as their credential lasts.
#[derive(Clone, Debug)]
pub struct Audience {
    /// Whose account counts for it.
    pub account: UserId,
    /// What they see.
    pub view: View,
    credential: Credential,
}

/// Which events somebody sees, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Those of one's own calendar, personal data readable.
    Calendar(HostId),
    /// All, personal data readable.
    Everything,
    /// All, without personal data.
    Analytics,
}

impl View {
    /// What the holder of a credential sees. A key with the scope `analytics` sees no personal data, whatever else it may be
    /// used for; one that has lost it with its owner's role sees nothing.
    fn of(holder: &Holder) -> Option<Self> {
        if holder.is_key_for(Scope::Analytics) {
            Some(Self::Analytics)
        } else if !holder.may(Scope::Calendar) {
            None
        } else if holder.user.role == Role::Admin {
            Some(Self::Everything)
        } else {
            Some(Self::Calendar(HostId(holder.user.id.0)))
        }
    }

    /// Whose events these are.
    pub const fn selection(self) -> Selection {
        match self {
            Self::Calendar(host) => Selection::Host(host),
            Self::Everything | Self::Analytics => Selection::All,
        }
    }
}

impl Audience {
    /// Whether they may still see what they see. While nobody can say, they may.
    pub async fn may_still_listen(&self, api: &Api) -> bool {
        match self.credential.holder(api).await {
            Ok(holder) => holder.and_then(|holder| View::of(&holder)) == Some(self.view),
            Err(_) => true,
        }
    }
}

impl FromRequestParts<Api> for Audience {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Answer<Self> {
        let Some((credential, holder)) = credential::authenticate(parts, api).await? else {
            let detail = "log in, or send an API key as Authorization: Bearer";
            return Err(Problem::new(Code::Unauthenticated, detail));
        };
        limits::of_account(parts, api, holder.user.id)?;
        let view = View::of(&holder).ok_or_else(|| {
            Problem::new(
                Code::Forbidden,
                "the API key is not for events: it has neither the scope calendar nor analytics",
            )
        })?;
        Ok(Self { account: holder.user.id, view, credential })
    }
}
