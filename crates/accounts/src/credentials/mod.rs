//! How people and programs prove who they are.

pub(crate) mod api_key;
pub(crate) mod password_hashing;
pub(crate) mod scopes;
pub(crate) mod secret;
pub(crate) mod session_token;
