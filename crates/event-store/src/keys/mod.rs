//! Keys: the deployment's master keys, and one key per person under them.

mod aead;
mod master;
mod mint;
mod subject;
mod wrapping;

pub use master::{DerivedKey, InvalidMasterKeys, MasterKeys};
pub use subject::{KeyError, SubjectKey, SubjectKeys};
