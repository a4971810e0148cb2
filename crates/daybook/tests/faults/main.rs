//! Crashes: the built program, PostgreSQL and NATS broken in the middle of load, and what must be true afterwards (E1–E4, O3).
//!
//! A short run of the fault suite (`make faults`, docs/faults.md). `DAYBOOK_FAULTS` sets how many faults are injected,
//! `DAYBOOK_FAULT_SEED` which.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod dev;
mod storm;

use daybook_black_box as support;
