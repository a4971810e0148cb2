//! API keys: made, listed, deleted, and recognised. Looked up by one query each time, like sessions.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;
use subtle::ConstantTimeEq;

use super::{Accounts, in_time};
use crate::credentials::api_key::{ApiKey, ApiKeyId, ApiKeyToken};
use crate::credentials::scopes::Scopes;
use crate::credentials::secret::SecretHash;
use crate::error::AccountsError;
use crate::fields::ApiKeyName;
use crate::page::{Cursor, Page, PageLimit};
use crate::user::{User, UserId};

/// How old `last_used_at` may get before a use writes it anew: busy programs must not turn every read into a write.
const LAST_USED_PRECISION: TimeDelta = TimeDelta::minutes(10);

/// An API key to be made.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// Its id, a UUID v7.
    pub id: ApiKeyId,
    /// What its owner calls it.
    pub name: ApiKeyName,
    /// What it may be used for.
    pub scopes: Scopes,
}

/// Whom a program acts for.
#[derive(Clone, Debug)]
pub struct ApiKeyHolder {
    /// The key's owner.
    pub user: User,
    /// The key.
    pub key: ApiKeyId,
    /// What the key may be used for now: what its owner's role does not allow any more is left out.
    pub scopes: Scopes,
}

#[derive(FromRow)]
struct KnownKey {
    #[sqlx(flatten)]
    key: ApiKey,
    #[sqlx(flatten)]
    user: User,
    secret_hash: SecretHash,
}

impl Accounts {
    /// Makes the key and returns it with the text that its owner sees this once. Refuses `analytics` to all but admins.
    pub async fn create_api_key(
        &self,
        owner: &User,
        key: &NewApiKey,
        now: DateTime<Utc>,
    ) -> Result<(ApiKey, ApiKeyToken), AccountsError> {
        if !key.scopes.are_open_to(owner.role) {
            return Err(AccountsError::AnalyticsNeedsAdmin);
        }
        let token = ApiKeyToken::random(key.id);
        let insert = sqlx::query_as(include_str!("../sql/insert_api_key.sql"))
            .bind(key.id)
            .bind(owner.id)
            .bind(&key.name)
            .bind(token.hash())
            .bind(key.scopes.stored())
            .bind(now);
        Ok((in_time(insert.fetch_one(&self.pool)).await?, token))
    }

    /// The account's keys, newest first.
    pub async fn list_api_keys(
        &self,
        owner: UserId,
        limit: PageLimit,
        cursor: Option<&Cursor<ApiKeyId>>,
    ) -> Result<Page<ApiKey, ApiKeyId>, AccountsError> {
        let query = sqlx::query_as(include_str!("../sql/list_api_keys.sql"))
            .bind(owner)
            .bind(cursor.map(Cursor::key))
            .bind(limit.rows_to_ask_for());
        let rows = in_time(query.fetch_all(&self.pool)).await?;
        Ok(Page::of(rows, limit, |key: &ApiKey| key.id))
    }

    /// Deletes the account's key; false if it has no such key.
    pub async fn delete_api_key(&self, owner: UserId, id: ApiKeyId) -> Result<bool, AccountsError> {
        let delete = sqlx::query(include_str!("../sql/delete_api_key.sql")).bind(id).bind(owner);
        Ok(in_time(delete.execute(&self.pool)).await?.rows_affected() > 0)
    }

    /// Whom the key acts for; nobody if it was deleted or its secret is another.
    pub async fn authenticate_api_key(
        &self,
        token: &ApiKeyToken,
        now: DateTime<Utc>,
    ) -> Result<Option<ApiKeyHolder>, AccountsError> {
        let query = sqlx::query_as(include_str!("../sql/api_key_to_check.sql")).bind(token.id);
        let known: Option<KnownKey> = in_time(query.fetch_optional(&self.pool)).await?;
        let Some(KnownKey { key, user, .. }) = known.filter(|known| known.secret_hash.ct_eq(&token.hash()).into())
        else {
            return Ok(None);
        };
        self.note_use(&key, now).await;
        let scopes = key.scopes.for_role(user.role);
        Ok(Some(ApiKeyHolder { user, key: key.id, scopes }))
    }

    /// Notes that the key was used, unless that was noted a little while ago.
    async fn note_use(&self, key: &ApiKey, now: DateTime<Utc>) {
        let stale = now - LAST_USED_PRECISION;
        if key.last_used_at.is_some_and(|last| last > stale) {
            return;
        }
        let update = sqlx::query(include_str!("../sql/note_api_key_use.sql")).bind(key.id).bind(now).bind(stale);
        // The key is right: that its use could not be noted is no reason to turn its holder away.
        if let Err(error) = in_time(update.execute(&self.pool)).await {
            tracing::warn!(key = %key.id, error = &error as &dyn std::error::Error, "an API key's use was not noted");
        }
    }
}
