//! The process managers on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the answer")]

mod hold_expiry;
mod restarts;
mod support;
mod teams;
