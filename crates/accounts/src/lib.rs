//! Who people are and how they prove it: users, sessions and API keys (requirements A1, A2, A3).
//!
//! Plain tables, not event-sourced: an account is not part of any calendar's history. Text from outside is parsed once
//! into the types of [`fields`]; [`Accounts`] is the one way to the tables. Secrets are stored as hashes only, and
//! nothing is cached, so that ending a session or deleting a key takes effect on every node at once.

#![warn(missing_docs)]

pub mod fields;

mod accounts;
mod credentials;
mod error;
mod page;
mod user;

pub use accounts::{Accounts, ApiKeyHolder, LogIn, NewApiKey, SESSION_LIFETIME, SessionTimes};
pub use credentials::api_key::{ApiKey, ApiKeyId, ApiKeyToken};
pub use credentials::scopes::{Scope, Scopes};
pub use credentials::session_token::SessionToken;
pub use error::{AccountsError, LogInRefusal, Unavailable};
pub use page::{Cursor, Page, PageLimit};
pub use user::{NewUser, PasswordChange, Role, User, UserChanges, UserId};
