//! Read models: the log, arranged for reading. One module each, with its rows, its projector and its queries side by side.
//!
//! [`availability`] answers which slots of a host are free; [`bookings`] what hosts and guests see of a booking. Their
//! tables are filled by a [`Projection`], a batch of events at a time: [`apply`] moves the [`checkpoint`] and writes the rows
//! in one transaction, so every event takes effect exactly once (E5). A [`rebuild`] fills fresh tables from the whole log
//! while the system serves, and swaps them in. An [`erasure`] takes what is written about a person out of all of them.

#![warn(missing_docs)]

pub mod availability;
pub mod bookings;
pub mod checkpoint;
mod database;
pub mod erasure;
mod error;
mod partition;
mod projection;
mod read_models;
pub mod rebuild;
mod replica;
pub mod status;
mod tables_lock;

pub use database::DatabaseError;
pub use error::ProjectionError;
pub use partition::{PROJECTION_PARTITIONS, ProjectionPartition, SUBJECT_PARTITIONS, partition_of};
pub use projection::{Projection, Step, apply};
pub use read_models::ReadModels;
pub use replica::{Replica, ReplicaRead};
pub use tables_lock::TablesLock;
