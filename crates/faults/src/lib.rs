//! Faults in the middle of load, and what must be true of it (E1–E4, O3).
//!
//! Two nodes, PostgreSQL and NATS run as processes of their own. Guests book, move and cancel, and everything that they ask
//! and are told is written to a [`history`]. Meanwhile [`faults`] kill, stop, cut off and slow down what runs. In the end
//! [`check`] says whether what guests were told can have come about with nothing lost and nothing doubled, and [`truth`] holds
//! log, read models and streams against it.

#![warn(missing_docs)]

pub mod check;
pub mod faults;
mod guests;
pub mod history;
mod recovery;
pub mod report;
pub mod run;
mod stage;
pub mod truth;

pub use faults::Kind;
pub use run::{Run, Until};
