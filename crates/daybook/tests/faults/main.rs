//! Crashes: the built program, PostgreSQL and NATS killed in the middle of load, and what must be true afterwards (E1–E4, O3).
//!
//! `DAYBOOK_FAULT_ROUNDS` sets how many faults are injected, `DAYBOOK_FAULT_SEED` their order.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod bookings;
mod dev;
mod fault;
mod guest;
mod ledger;
mod scene;
mod storm;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod together;
mod truth;
