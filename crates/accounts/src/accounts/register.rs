//! Making an account.

use std::slice;

use chrono::{DateTime, Utc};

use super::{Accounts, in_time};
use crate::credentials::password_hashing::StoredHash;
use crate::error::AccountsError;
use crate::fields::{Username, username_candidates};
use crate::user::{NewUser, User};

/// How often a made-up username is made up again because somebody else took it in the same moment.
const TRIES: usize = 8;

impl Accounts {
    /// Makes the account. Without a username it gets the first free one made of the name or the address.
    ///
    /// Refuses with `EmailTaken` or `UsernameTaken`; the database decides, so of two simultaneous registrations one wins.
    pub async fn register(&self, user: &NewUser, now: DateTime<Utc>) -> Result<User, AccountsError> {
        let password_hash = self.hashing.hash(&user.password).await?;
        if let Some(chosen) = &user.username {
            return self.insert_user(user, slice::from_ref(chosen), &password_hash, now).await;
        }
        let candidates = username_candidates(&user.name, &user.email, user.id.0);
        for _ in 1..TRIES {
            match self.insert_user(user, &candidates, &password_hash, now).await {
                // Taken between the statement's look and its insert: the next look sees that.
                Err(AccountsError::UsernameTaken) => {}
                done => return done,
            }
        }
        self.insert_user(user, &candidates, &password_hash, now).await
    }

    async fn insert_user(
        &self,
        user: &NewUser,
        usernames: &[Username],
        password_hash: &StoredHash,
        now: DateTime<Utc>,
    ) -> Result<User, AccountsError> {
        let usernames: Vec<_> = usernames.iter().map(Username::as_str).collect();
        let insert = sqlx::query_as(include_str!("../sql/insert_user.sql"))
            .bind(user.id)
            .bind(&user.email)
            .bind(&user.name)
            .bind(usernames)
            .bind(password_hash)
            .bind(user.role)
            .bind(&user.opening_time_zone)
            .bind(now);
        in_time(insert.fetch_one(&self.pool)).await
    }
}
