//! API keys, by which programs act for a person.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::scopes::Scopes;
use super::secret::{Secret, SecretHash};
use crate::fields::ApiKeyName;

/// Says what the text is, to people and to scanners for leaked secrets.
const PREFIX: &str = "dbk_";

/// Which API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct ApiKeyId(pub Uuid);

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ApiKeyId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// An API key as its owner sees it in a list: everything but the secret, which nobody has any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Which key.
    pub id: ApiKeyId,
    /// What its owner calls it.
    pub name: ApiKeyName,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was used last, to within ten minutes.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl FromRow<'_, PgRow> for ApiKey {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("key_id")?,
            name: row.try_get("key_name")?,
            scopes: Scopes::from_stored(&row.try_get::<Vec<String>, _>("scopes")?),
            created_at: row.try_get("key_created_at")?,
            last_used_at: row.try_get("last_used_at")?,
        })
    }
}

/// The whole key, `dbk_<id>_<secret>`: shown once, when it is made. Never printed but by `expose`.
#[derive(Clone)]
pub struct ApiKeyToken {
    pub(crate) id: ApiKeyId,
    secret: Secret,
}

impl ApiKeyToken {
    pub(crate) fn random(id: ApiKeyId) -> Self {
        Self { id, secret: Secret::random() }
    }

    /// The key in an `Authorization: Bearer` header; none if the text cannot be one.
    pub fn parse(bearer: &str) -> Option<Self> {
        let (id, secret) = bearer.strip_prefix(PREFIX)?.split_once('_')?;
        // One spelling only: as it is printed.
        let is_printed = id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
        let id = is_printed.then(|| Uuid::try_parse(id).ok()).flatten()?;
        Some(Self { id: ApiKeyId(id), secret: Secret::parse(secret)? })
    }

    /// The key's text, wiped when dropped.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}_{}", self.id.0.simple(), *self.secret.expose()))
    }

    pub(crate) fn hash(&self) -> SecretHash {
        self.secret.hash()
    }
}

impl fmt::Debug for ApiKeyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyToken({}, …)", self.id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: ApiKeyId = ApiKeyId(Uuid::from_u128(0x019a_9f3e_7c1d_7e4b_9a50_0d3c_5f6a_7b8c));

    #[test]
    fn a_key_is_read_as_it_is_shown_and_names_its_id_only_in_debug_prints() {
        let token = ApiKeyToken::random(ID);
        let text = token.expose();
        assert!(text.starts_with("dbk_019a9f3e7c1d7e4b9a500d3c5f6a7b8c_"));
        assert_eq!(text.len(), 4 + 32 + 1 + 43);
        let read = ApiKeyToken::parse(&text).unwrap();
        assert_eq!((read.id, read.hash()), (token.id, token.hash()));
        assert_eq!(format!("{token:?}"), "ApiKeyToken(019a9f3e-7c1d-7e4b-9a50-0d3c5f6a7b8c, …)");
    }

    #[test]
    fn what_is_not_of_that_form_is_no_key() {
        let text = ApiKeyToken::random(ID).expose();
        let other_spellings = [
            text.to_uppercase(),
            text.replace("dbk_", ""),
            text.replace("dbk_", "dbk-"),
            format!("{} ", *text),
            text.replacen("019a", "019A", 1),
            text[..text.len() - 1].to_owned(),
            String::new(),
            "dbk__".to_owned(),
            format!("dbk_{}_{}", ID.0, &text[37..]),
            format!("dbk_é{}", &text[5..]),
        ];
        for text in other_spellings {
            assert!(ApiKeyToken::parse(&text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_accepts_only_what_it_would_print(text in "(dbk_)?[0-9a-fA-F]{0,33}_?\\PC{0,50}") {
            if let Some(token) = ApiKeyToken::parse(&text) {
                let printed = token.expose();
                prop_assert_eq!(printed.as_str(), text);
            }
        }
    }
}
