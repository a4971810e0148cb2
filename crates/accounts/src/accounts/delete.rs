//! Ending an account.

use super::{Accounts, in_time};
use crate::error::AccountsError;
use crate::user::UserId;

impl Accounts {
    /// Deletes the account with its sessions and API keys; false if there was none. Its address and its username are free
    /// at once: to keep them from others would take remembering them.
    pub async fn delete(&self, id: UserId) -> Result<bool, AccountsError> {
        let delete = sqlx::query(include_str!("../sql/delete_user.sql")).bind(id);
        Ok(in_time(delete.execute(&self.pool)).await?.rows_affected() > 0)
    }
}
