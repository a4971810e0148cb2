//! People's accounts, remembered for a moment: every booking and every booking page names its host.

use std::time::Duration;

use daybook_accounts::fields::Username;
use daybook_accounts::{User, UserId};
use daybook_domain::ids::HostId;
use daybook_event_store::ErasureNews;
use moka::ops::compute::Op;
use moka::sync::Cache;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::erasure;
use crate::middleware::edge::REQUEST_TIMEOUT;
use crate::problem::Answer;
use crate::state::Api;

/// How long another node's change may go unnoticed.
const TIME_TO_LIVE: Duration = Duration::from_secs(10);
/// What a host is called whose account is gone.
const FORMER_HOST: &str = "Former host";
/// Accounts remembered at most.
const PEOPLE: u64 = 10_000;

/// What this node remembers of people. That somebody does not exist is not remembered: they may register any moment.
#[derive(Clone, Debug)]
pub struct Profiles {
    by_id: Cache<UserId, User>,
    by_username: Cache<Username, UserId>,
    /// Accounts that were deleted a moment ago.
    gone: Cache<UserId, ()>,
}

impl Default for Profiles {
    fn default() -> Self {
        let memory = || Cache::builder().max_capacity(PEOPLE).time_to_live(TIME_TO_LIVE).build();
        Self {
            by_id: memory(),
            by_username: Cache::builder().max_capacity(PEOPLE).time_to_live(TIME_TO_LIVE).build(),
            // Longer than any request that has looked before may take to come back.
            gone: Cache::builder().time_to_live(REQUEST_TIMEOUT * 2).build(),
        }
    }
}

impl Profiles {
    /// Takes note of somebody as they were found; an older state than the one known is ignored, since whoever looks may be
    /// overtaken by whoever changes.
    fn learn(&self, user: Option<&User>) {
        let Some(user) = user else { return };
        self.by_username.insert(user.username.clone(), user.id);
        self.by_id.entry(user.id).and_compute_with(|known| match known {
            Some(known) if known.value().updated_at > user.updated_at => Op::Nop,
            _ if self.gone.contains_key(&user.id) => Op::Remove,
            _ => Op::Put(user.clone()),
        });
    }

    /// Forgets somebody whose account was deleted.
    pub fn forget(&self, id: UserId) {
        self.gone.insert(id, ());
        self.by_id.invalidate(&id);
    }

    /// Forgets whoever is erased, on whichever node, until `token` is cancelled.
    pub async fn follow(self, mut news: broadcast::Receiver<ErasureNews>, token: CancellationToken) {
        while let Some(heard) = token.run_until_cancelled(news.recv()).await {
            match heard {
                Ok(ErasureNews::Erased(subject)) => {
                    if let Some(id) = erasure::host(&subject) {
                        self.forget(id);
                    }
                }
                Ok(ErasureNews::Missed) | Err(broadcast::error::RecvError::Lagged(_)) => self.by_id.invalidate_all(),
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// Takes note of what somebody has become.
    pub(super) fn changed(&self, before: &User, after: &User) {
        self.by_username.invalidate(&before.username);
        self.learn(Some(after));
    }

    fn named(&self, username: &Username) -> Option<User> {
        let user = self.by_id.get(&self.by_username.get(username)?)?;
        // A name may still be remembered that its owner has given up.
        Some(user).filter(|user| user.username == *username)
    }
}

impl Api {
    /// What a host is called. Guests of one who has left still see their bookings.
    pub async fn host_name(&self, host: HostId) -> Answer<String> {
        let user = self.user_by_id(UserId(host.0)).await?;
        Ok(user.map_or_else(|| FORMER_HOST.to_owned(), |user| user.name.to_string()))
    }

    /// Whose part of booking URLs this is. A text that can be nobody's is nobody's.
    pub async fn user_by_username(&self, username: &str) -> Answer<Option<User>> {
        let Ok(username) = Username::parse(username) else { return Ok(None) };
        if let Some(user) = self.profiles.named(&username) {
            self.metrics.profiles.hit.inc();
            return Ok(Some(user));
        }
        self.metrics.profiles.miss.inc();
        let user = self.accounts.by_username(&username).await?;
        self.profiles.learn(user.as_ref());
        Ok(user)
    }

    /// The account with this id.
    pub(crate) async fn user_by_id(&self, id: UserId) -> Answer<Option<User>> {
        if let Some(user) = self.profiles.by_id.get(&id) {
            self.metrics.profiles.hit.inc();
            return Ok(Some(user));
        }
        self.metrics.profiles.miss.inc();
        let user = self.accounts.by_id(id).await?;
        self.profiles.learn(user.as_ref());
        Ok(user)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use daybook_accounts::Role;
    use daybook_accounts::fields::{Email, PersonName};
    use uuid::Uuid;

    use super::*;

    fn user(username: &str) -> User {
        User {
            id: UserId(Uuid::from_u128(1)),
            email: Email::parse("ada@example.org").unwrap(),
            name: PersonName::parse("Ada").unwrap(),
            username: Username::parse(username).unwrap(),
            role: Role::User,
            opening_time_zone: "UTC".to_owned(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn somebody_who_left_is_not_remembered_by_whoever_looked_before() {
        let profiles = Profiles::default();
        let ada = user("ada");
        profiles.learn(Some(&ada));
        profiles.forget(ada.id);
        profiles.learn(Some(&ada));
        assert_eq!((profiles.named(&ada.username), profiles.by_id.get(&ada.id)), (None, None));
    }

    #[test]
    fn a_username_that_was_given_up_is_nobodys() {
        let profiles = Profiles::default();
        let before = user("ada");
        let after = User { updated_at: before.updated_at + chrono::TimeDelta::seconds(1), ..user("countess") };
        profiles.learn(Some(&before));
        assert_eq!(profiles.named(&before.username), Some(before.clone()));
        profiles.changed(&before, &after);
        // Somebody who looked before the change comes back after it.
        profiles.learn(Some(&before));
        assert_eq!(profiles.named(&before.username), None);
        assert_eq!(profiles.named(&after.username), Some(after));
    }
}
