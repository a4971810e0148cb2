//! Looking people up.

use super::{Accounts, in_time};
use crate::error::AccountsError;
use crate::fields::{Email, Username};
use crate::user::{User, UserId};

impl Accounts {
    /// The account with this id.
    pub async fn by_id(&self, id: UserId) -> Result<Option<User>, AccountsError> {
        in_time(sqlx::query_as(include_str!("../sql/user_by_id.sql")).bind(id).fetch_optional(&self.pool)).await
    }

    /// The account with this part of booking URLs.
    pub async fn by_username(&self, username: &Username) -> Result<Option<User>, AccountsError> {
        let query = sqlx::query_as(include_str!("../sql/user_by_username.sql")).bind(username);
        in_time(query.fetch_optional(&self.pool)).await
    }

    /// The account with this address, in whatever case it is typed.
    pub async fn by_email(&self, email: &Email) -> Result<Option<User>, AccountsError> {
        let query = sqlx::query_as(include_str!("../sql/user_by_email.sql")).bind(email.key());
        in_time(query.fetch_optional(&self.pool)).await
    }
}
