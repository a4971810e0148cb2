//! The process managers on a real PostgreSQL.
//!
//! Tests run on several threads: a database is not dropped before the connections that somebody is opening are open, and the
//! thread that drops it waits.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the answer")]

mod hold_expiry;
mod restarts;
mod support;
mod teams;
