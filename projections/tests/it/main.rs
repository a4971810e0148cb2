//! The read models on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the answer")]

mod archive;
mod availability;
mod bookings;
mod checkpoint;
mod delivery;
mod erasure;
mod list;
mod months;
mod plans;
mod rebuild;
mod status;
mod support;
