//! People with an account (A1): what they may change, and what everybody may know of them.

pub mod body;
mod calendar;
pub mod change;
mod closing;
mod erasure;
pub mod export;
mod form;
pub mod profile;
mod profiles;
pub mod register;
pub mod remove;
mod teams;

pub use closing::Closed;
pub use erasure::{ErasedHost, HostErasureError, erase_host};
pub use profiles::Profiles;
