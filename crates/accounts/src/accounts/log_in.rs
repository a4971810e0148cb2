//! Logging in.

use chrono::{DateTime, Utc};

use super::{Accounts, SESSION_LIFETIME, in_time};
use crate::credentials::password_hashing::StoredHash;
use crate::credentials::session_token::SessionToken;
use crate::error::{AccountsError, LogInRefusal};
use crate::fields::{Email, PasswordAttempt};
use crate::user::User;

/// A new session.
#[derive(Clone, Debug)]
pub struct LogIn {
    /// Who logged in.
    pub user: User,
    /// The session cookie's value.
    pub session: SessionToken,
    /// When the session ends by itself.
    pub expires_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct KnownUser {
    #[sqlx(flatten)]
    user: User,
    password_hash: StoredHash,
}

impl Accounts {
    /// Begins a session for who proves to be the owner of the address, and ends the one that the browser had until now
    /// (`replaced`), so that a session planted there before the log-in is worth nothing after it.
    ///
    /// A wrong password, an unknown address and a text that is no address cost the same hash and are refused in the same
    /// words; only [`AccountsError::LogInRefused`]'s content tells them apart, for counters.
    pub async fn log_in(
        &self,
        email: &str,
        password: &PasswordAttempt,
        replaced: Option<&SessionToken>,
        now: DateTime<Utc>,
    ) -> Result<LogIn, AccountsError> {
        let known = match Email::parse(email) {
            Ok(email) => self.known_user(&email).await?,
            Err(_) => None,
        };
        let matches = self.hashing.check(password, known.as_ref().map(|known| &known.password_hash)).await?;
        let known = known.ok_or(AccountsError::LogInRefused(LogInRefusal::UnknownEmail))?;
        let wrong = AccountsError::LogInRefused(LogInRefusal::WrongPassword);
        if !matches {
            return Err(wrong);
        }
        let session = SessionToken::random();
        let expires_at = now + SESSION_LIFETIME;
        let insert = sqlx::query(include_str!("../sql/insert_session.sql"))
            .bind(session.hash())
            .bind(known.user.id)
            .bind(now)
            .bind(expires_at)
            .bind(replaced.map(SessionToken::hash))
            // The password may have been changed while this one was checked.
            .bind(&known.password_hash);
        match in_time(insert.execute(&self.pool)).await?.rows_affected() {
            0 => Err(wrong),
            _ => Ok(LogIn { user: known.user, session, expires_at }),
        }
    }

    async fn known_user(&self, email: &Email) -> Result<Option<KnownUser>, AccountsError> {
        let query = sqlx::query_as(include_str!("../sql/user_to_log_in.sql")).bind(email.key());
        in_time(query.fetch_optional(&self.pool)).await
    }
}
