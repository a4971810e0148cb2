//! API keys, by which programs act for a person (A1). Managed with a session only: a leaked key must not make others.

pub mod body;
pub mod create;
pub mod list;
mod owner;
pub mod remove;
