//! Accounts against a real PostgreSQL, as the application's role.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod api_keys;
mod deletion;
mod indexes;
mod log_in;
mod privileges;
mod registration;
mod sessions;
mod updates;
mod world;
