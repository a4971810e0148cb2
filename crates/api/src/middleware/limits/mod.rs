//! How much anybody may ask for (A3): per client address, per account, and less of what is costly or guessed at.
//!
//! Every request takes one from its client's bucket; a [`Class`] of its own has a smaller bucket beside that one. Requests
//! with credentials take one from their account's bucket, too, once [`auth`](crate::auth) knows whose it is. Log-ins are
//! also counted by e-mail address, so that many addresses cannot guess at one account.
//!
//! Each node counts for itself: behind a balancer, a client may get up to the number of nodes as much.

mod account;
mod buckets;
mod client;
mod standing;

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use daybook_accounts::UserId;

pub(crate) use account::{AccountStanding, of_account};
pub use buckets::Allowance;
pub use client::{Client, NotANetwork, TrustedProxies};
pub use standing::Standing;

use crate::problem::{Code, Problem};
use crate::state::Api;
use buckets::Buckets;

/// Operations that share a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Everything without a class of its own.
    Requests,
    /// Making an account.
    Registrations,
    /// Logging in.
    LogIns,
    /// Making, moving and cancelling bookings: each sends mails to two people.
    Bookings,
}

impl Class {
    /// The class of an operation.
    fn of(method: &Method, path: &str) -> Self {
        if method.is_safe() {
            return Self::Requests;
        }
        match path {
            "/api/users" => Self::Registrations,
            "/api/auth/login" => Self::LogIns,
            path if path.starts_with("/api/bookings") => Self::Bookings,
            _ => Self::Requests,
        }
    }
}

/// How much of each is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowances {
    /// Requests of any kind from one client.
    pub requests: Allowance,
    /// Requests with the credentials of one account, from wherever.
    pub account_requests: Allowance,
    /// Accounts made by one client.
    pub registrations: Allowance,
    /// Attempts to log in from one client.
    pub log_ins: Allowance,
    /// Attempts to log in to one account, from wherever; a success forgets those before it.
    pub log_ins_of_address: Allowance,
    /// Changes of bookings by one client.
    pub bookings: Allowance,
}

impl Default for Allowances {
    /// Room for an office behind one address, none for guessing passwords.
    fn default() -> Self {
        let minutes = Duration::from_mins;
        Self {
            requests: Allowance::new(1_200, minutes(1)),
            account_requests: Allowance::new(1_200, minutes(1)),
            registrations: Allowance::new(60, minutes(60)),
            log_ins: Allowance::new(30, minutes(1)),
            log_ins_of_address: Allowance::new(10, minutes(5)),
            bookings: Allowance::new(240, minutes(1)),
        }
    }
}

/// How much anybody may still ask of this node. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub struct RateLimits(Option<Arc<Limits>>);

#[derive(Debug)]
struct Limits {
    requests: Buckets<Client>,
    account_requests: Buckets<UserId>,
    registrations: Buckets<Client>,
    log_ins: Buckets<Client>,
    /// By a hash of the address that changes with every start: the memory of a node is no list of people.
    log_ins_of_address: Buckets<u64>,
    bookings: Buckets<Client>,
    hashing: RandomState,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self::new(Allowances::default())
    }
}

impl RateLimits {
    /// Limits with these allowances.
    pub fn new(allowances: Allowances) -> Self {
        Self(Some(Arc::new(Limits {
            requests: Buckets::new(allowances.requests),
            account_requests: Buckets::new(allowances.account_requests),
            registrations: Buckets::new(allowances.registrations),
            log_ins: Buckets::new(allowances.log_ins),
            log_ins_of_address: Buckets::new(allowances.log_ins_of_address),
            bookings: Buckets::new(allowances.bookings),
            hashing: RandomState::new(),
        })))
    }

    /// No limits, for measurements.
    pub const fn off() -> Self {
        Self(None)
    }

    /// Whether anything is limited.
    pub const fn are_on(&self) -> bool {
        self.0.is_some()
    }

    /// Takes one request from the client's buckets. Nothing is told where there are no limits.
    pub(crate) fn request(&self, client: Client, method: &Method, path: &str) -> Result<Option<Standing>, Exceeded> {
        let Some(limits) = &self.0 else { return Ok(None) };
        let client = client.network();
        let class = Class::of(method, path);
        let all = limits.requests.take(&client).map_err(|standing| Exceeded { limit: "requests", standing })?;
        let (limit, own) = match class {
            Class::Requests => return Ok(Some(all)),
            Class::Registrations => ("registrations", &limits.registrations),
            Class::LogIns => ("log_ins", &limits.log_ins),
            Class::Bookings => ("bookings", &limits.bookings),
        };
        let own = own.take(&client).map_err(|standing| Exceeded { limit, standing })?;
        Ok(Some(all.or_tighter(own)))
    }

    /// Takes one request from the account's bucket.
    pub(crate) fn account(&self, user: UserId) -> Result<Option<Standing>, Exceeded> {
        let Some(limits) = &self.0 else { return Ok(None) };
        let exceeded = |standing| Exceeded { limit: "account_requests", standing };
        limits.account_requests.take(&user).map(Some).map_err(exceeded)
    }

    /// Counts an attempt to prove that one owns the account with this address, whether or not there is one.
    pub(crate) fn log_in(&self, email: &str) -> Result<Attempt<'_>, Exceeded> {
        let Some(limits) = &self.0 else { return Ok(Attempt(None)) };
        let account = limits.hashing.hash_one(email.trim().to_ascii_lowercase());
        let exceeded = |standing| Exceeded { limit: "log_ins_of_address", standing };
        limits.log_ins_of_address.take(&account).map_err(exceeded)?;
        Ok(Attempt(Some((limits, account))))
    }
}

/// An attempt that was counted.
#[derive(Debug)]
pub(crate) struct Attempt<'a>(Option<(&'a Limits, u64)>);

impl Attempt<'_> {
    /// It was the owner: the attempts so far do not count against them.
    pub(crate) fn succeeded(self) {
        if let Some((limits, account)) = self.0 {
            limits.log_ins_of_address.forget(&account);
        }
    }
}

/// A bucket was empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exceeded {
    /// Which one, as the label of a counter.
    pub(crate) limit: &'static str,
    /// How it stands.
    pub(crate) standing: Standing,
}

impl From<Exceeded> for Problem {
    fn from(exceeded: Exceeded) -> Self {
        let wait = exceeded.standing.wait();
        let detail = format!("too many requests; please wait {} s", wait.as_secs());
        Self::new(Code::RateLimited, detail).retry_after(wait)
    }
}

/// The answer to one request too many, counted.
pub(crate) fn refuse(api: &Api, exceeded: Exceeded) -> Problem {
    api.metrics.rate_limited(exceeded.limit);
    exceeded.into()
}

#[cfg(test)]
mod tests;
