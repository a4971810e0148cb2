//! The life of data, with the built program: months, archive, retention, back-ups, replicas (O2, O4).
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod archive;
mod replica;
mod restore;

use daybook_black_box as support;
