//! Changing an account.

use chrono::{DateTime, Utc};

use super::{Accounts, begin, in_time};
use crate::credentials::password_hashing::StoredHash;
use crate::credentials::session_token::SessionToken;
use crate::error::AccountsError;
use crate::fields::PasswordAttempt;
use crate::user::{PasswordChange, Role, User, UserChanges, UserId};

/// A password's change, worked out before the transaction begins: hashing takes longer than a transaction should.
struct HashChange {
    from: StoredHash,
    to: StoredHash,
}

impl Accounts {
    /// Makes the changes, all or none. A new password ends every session of the account but `own_session`.
    pub async fn update(
        &self,
        id: UserId,
        changes: &UserChanges,
        own_session: Option<&SessionToken>,
        now: DateTime<Utc>,
    ) -> Result<User, AccountsError> {
        let hashes = match &changes.password {
            Some(change) => Some(self.hash_change(id, change).await?),
            None => None,
        };
        let update = sqlx::query_as(include_str!("../sql/update_user.sql"))
            .bind(id)
            .bind(&changes.email)
            .bind(&changes.name)
            .bind(&changes.username)
            .bind(hashes.as_ref().map(|hashes| &hashes.to))
            .bind(hashes.as_ref().map(|hashes| &hashes.from))
            .bind(now);
        let Some(_) = hashes else {
            return in_time(update.fetch_optional(&self.pool)).await?.ok_or(AccountsError::UserNotFound);
        };
        let updated = in_time(async {
            let mut transaction = begin(&self.pool).await?;
            let user = update.fetch_optional(&mut *transaction).await?;
            if user.is_some() {
                // A statement of its own, after the update has locked the account: its snapshot sees the sessions of
                // log-ins with the old password that came before, and those that come after find another password.
                sqlx::query(include_str!("../sql/end_sessions_of_user.sql"))
                    .bind(id)
                    .bind(own_session.map(SessionToken::hash))
                    .execute(&mut *transaction)
                    .await?;
                transaction.commit().await?;
            }
            Ok(user)
        })
        .await?;
        // Another change of the password came in between (or the account went): what was proved is not true any more.
        updated.ok_or(AccountsError::WrongCurrentPassword)
    }

    /// Whether the attempt is the account's password; for changes that ask for it again.
    pub async fn has_password(&self, id: UserId, attempt: &PasswordAttempt) -> Result<bool, AccountsError> {
        let hash = self.password_hash(id).await?;
        self.hashing.check(attempt, hash.as_ref()).await
    }

    /// Gives the account another role, from its next request on.
    pub async fn set_role(&self, id: UserId, role: Role, now: DateTime<Utc>) -> Result<User, AccountsError> {
        let update = sqlx::query_as(include_str!("../sql/set_role.sql")).bind(id).bind(role).bind(now);
        in_time(update.fetch_optional(&self.pool)).await?.ok_or(AccountsError::UserNotFound)
    }

    async fn hash_change(&self, id: UserId, change: &PasswordChange) -> Result<HashChange, AccountsError> {
        let from = self.password_hash(id).await?.ok_or(AccountsError::UserNotFound)?;
        if !self.hashing.check(&change.current, Some(&from)).await? {
            return Err(AccountsError::WrongCurrentPassword);
        }
        Ok(HashChange { from, to: self.hashing.hash(&change.new).await? })
    }

    async fn password_hash(&self, id: UserId) -> Result<Option<StoredHash>, AccountsError> {
        let query = sqlx::query_scalar(include_str!("../sql/password_hash.sql")).bind(id);
        in_time(query.fetch_optional(&self.pool)).await
    }
}
