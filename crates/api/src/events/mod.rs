//! The log as a stream of events, for whoever may see it (SPEC §2, §3).
//!
//! Straight from the log, so that nothing else needs to work for it: what a consumer has missed is read from PostgreSQL, and
//! what is new is read once for all of them.

mod admission;
mod begin;
mod delivery;
mod frame;
mod node;
pub mod stream;

pub use admission::{Admission, Permit};
pub use node::EventStreams;
