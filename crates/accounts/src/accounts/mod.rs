//! The one way to the tables of accounts. Each method is one query, or one short transaction, with a time-out.

mod api_keys;
mod delete;
mod find;
mod log_in;
mod register;
mod sessions;
mod team_pages;
mod update;

use std::time::Duration;

use sqlx::{PgPool, Postgres, Transaction};
use tokio::time::timeout;

pub use api_keys::{ApiKeyHolder, NewApiKey};
pub use log_in::LogIn;
pub use sessions::{SESSION_LIFETIME, SessionTimes};

use crate::credentials::password_hashing::PasswordHashing;
use crate::error::{AccountsError, Unavailable};

/// How long a query may take, waiting for a connection included.
const QUERY_TIMEOUT: Duration = Duration::from_secs(10);

/// Users, sessions and API keys. Cheap to clone; the clones share the queue of passwords to be hashed.
#[derive(Clone)]
pub struct Accounts {
    pool: PgPool,
    hashing: PasswordHashing,
}

impl Accounts {
    /// Accounts in this database.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, hashing: PasswordHashing::new() }
    }

    /// Passwords checked since the start, right or wrong, of real and of unknown accounts: the work that attackers cause.
    pub fn password_checks(&self) -> u64 {
        self.hashing.checks()
    }
}

/// The query's answer, or a refusal to wait any longer.
async fn in_time<T>(query: impl Future<Output = sqlx::Result<T>>) -> Result<T, AccountsError> {
    match timeout(QUERY_TIMEOUT, query).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(AccountsError::Unavailable(Unavailable::QueryTimedOut)),
    }
}

/// A transaction, begun in a task of its own: given up half-way, sqlx 0.8 would hand the connection back with the transaction
/// open, and whoever got it next would lose what they wrote.
async fn begin(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin().await }).await;
    begun.unwrap_or_else(|lost| Err(sqlx::Error::Io(std::io::Error::other(lost))))
}
