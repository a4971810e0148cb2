//! A password on its way from the request to its hash.

use std::fmt;

use serde::Deserialize;
use utoipa::ToSchema;

/// A password as somebody typed it. Shown to nobody, not even in debug prints.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = "password")]
pub struct TypedPassword(String);

impl TypedPassword {
    /// What was typed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TypedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedPassword(…)")
    }
}
