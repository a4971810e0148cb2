//! People with an account (A1): what they may change, and what everybody may know of them.

pub mod body;
mod calendar;
pub mod change;
mod form;
pub mod profile;
mod profiles;
pub mod register;

pub use profiles::Profiles;
