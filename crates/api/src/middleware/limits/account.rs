//! The quota of an account, which is known only once its credentials have been looked up.

use std::sync::{Arc, OnceLock};

use axum::http::request::Parts;
use daybook_accounts::UserId;

use super::{Standing, refuse};
use crate::problem::Answer;
use crate::state::Api;

/// Where [`of_account`] leaves the standing of the account, for the headers of the answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountStanding(Arc<OnceLock<Standing>>);

impl AccountStanding {
    /// The standing, if the request turned out to be an account's.
    pub(crate) fn get(&self) -> Option<Standing> {
        self.0.get().copied()
    }
}

/// Counts a request for the account whose credentials it carries.
pub(crate) fn of_account(parts: &Parts, api: &Api, user: UserId) -> Answer<()> {
    let note = |standing| {
        if let Some(AccountStanding(noted)) = parts.extensions.get() {
            // Looked up twice by two extractors of one request, the account stands as it stood first.
            let _ = noted.set(standing);
        }
    };
    match api.limits.account(user) {
        Ok(standing) => standing.into_iter().for_each(note),
        Err(exceeded) => {
            note(exceeded.standing);
            return Err(refuse(api, exceeded));
        }
    }
    Ok(())
}
