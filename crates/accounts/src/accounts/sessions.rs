//! Sessions after the log-in. Looked up by one query each time: a session that was ended is over on every node at once.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Accounts, in_time};
use crate::credentials::session_token::SessionToken;
use crate::error::AccountsError;
use crate::user::{User, UserId};

/// How long a session lasts, counted from the log-in; using it does not prolong it.
pub const SESSION_LIFETIME: TimeDelta = TimeDelta::days(7);

/// Sessions removed in one statement: a long one would hold up the readers of the log.
const SWEEP_BATCH: u32 = 1_000;

/// A session as its owner may know of it: nothing by which it could be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionTimes {
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

impl Accounts {
    /// The account's sessions, oldest first.
    pub async fn sessions(&self, id: UserId, now: DateTime<Utc>) -> Result<Vec<SessionTimes>, AccountsError> {
        let query = sqlx::query_as(include_str!("../sql/sessions_of_user.sql")).bind(id).bind(now);
        in_time(query.fetch_all(&self.pool)).await
    }

    /// Who is logged in by this session; nobody if it was ended or has expired.
    pub async fn authenticate_session(
        &self,
        session: &SessionToken,
        now: DateTime<Utc>,
    ) -> Result<Option<User>, AccountsError> {
        let query = sqlx::query_as(include_str!("../sql/user_of_session.sql")).bind(session.hash()).bind(now);
        in_time(query.fetch_optional(&self.pool)).await
    }

    /// Ends the session; true if it was one.
    pub async fn log_out(&self, session: &SessionToken) -> Result<bool, AccountsError> {
        let delete = sqlx::query(include_str!("../sql/end_session.sql")).bind(session.hash());
        Ok(in_time(delete.execute(&self.pool)).await?.rows_affected() > 0)
    }

    /// Ends all sessions of the account but `kept`; returns how many.
    pub async fn log_out_everywhere(&self, id: UserId, kept: Option<&SessionToken>) -> Result<u64, AccountsError> {
        let delete =
            sqlx::query(include_str!("../sql/end_sessions_of_user.sql")).bind(id).bind(kept.map(SessionToken::hash));
        Ok(in_time(delete.execute(&self.pool)).await?.rows_affected())
    }

    /// Removes the sessions that have expired, in short batches; returns how many. Several nodes may sweep at once.
    pub async fn sweep_sessions(&self, now: DateTime<Utc>) -> Result<u64, AccountsError> {
        let mut swept = 0;
        loop {
            let delete = sqlx::query(include_str!("../sql/sweep_sessions.sql")).bind(now).bind(i64::from(SWEEP_BATCH));
            let batch = in_time(delete.execute(&self.pool)).await?.rows_affected();
            swept += batch;
            if batch < u64::from(SWEEP_BATCH) {
                return Ok(swept);
            }
        }
    }
}
