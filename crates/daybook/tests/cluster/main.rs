//! Several nodes, and a NATS of several servers, lose one after the other while guests book (V8, O4).
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod guests;
mod nats_cluster;
mod rolling_restart;
mod stopping;

use daybook_black_box as support;
