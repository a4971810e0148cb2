//! Keys: the deployment's master keys, and one key per person under them.

mod aead;
mod erasure;
mod guests;
mod master;
mod memory;
mod mint;
mod news;
mod person;
mod rewrap;
mod subject;
mod wrapping;

pub use aead::Damaged;
pub use master::{DerivedKey, InvalidMasterKeys, MasterKeys};
pub use news::ErasureNews;
pub use rewrap::{Rewrapped, WrappedUnder};
pub use subject::{KeyError, SubjectKey, SubjectKeys};
