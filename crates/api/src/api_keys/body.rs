//! An API key as the API shows it.

use chrono::{DateTime, Utc};
use daybook_accounts::{ApiKey, Scope};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct ApiKeyBody {
    /// Its id, which is also part of the key.
    pub id: Uuid,
    /// What its owner calls it.
    #[schema(example = "CRM")]
    pub name: String,
    /// What it may be used for: `calendar`, `analytics`.
    #[schema(value_type = Vec<String>, example = json!(["calendar"]))]
    pub scopes: Vec<&'static str>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to within ten minutes; null if never.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl From<&ApiKey> for ApiKeyBody {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.0,
            name: key.name.to_string(),
            scopes: key.scopes.iter().map(Scope::as_str).collect(),
            created_at: key.created_at,
            last_used_at: key.last_used_at,
        }
    }
}
