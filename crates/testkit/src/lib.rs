//! Private PostgreSQL and NATS servers: the real programs, run in a directory of their own on a loopback port.
//!
//! Two users share this crate. `daybook dev` keeps a [`PrivatePostgres`] and a [`PrivateNats`] in its data directory;
//! they outlive a crash of the program, which adopts or restarts them at its next start. Tests take a [`TestDatabase`]
//! (a fresh, migrated database in a cluster that all tests share), a [`TestNats`] and, when they kill the server or hold
//! transactions open, a [`TestPostgres`] of their own. A test that runs the whole program gives it a
//! [`ScratchDirectory`].
//!
//! Nothing is mocked and nothing is skipped: when a server is not installed, the error says what to install.

#![warn(missing_docs)]

mod directory;
mod error;
mod lock;
mod log_file;
mod nats;
mod passwords;
mod port;
mod postgres;
mod process;
mod process_table;
mod scratch;
mod server_user;
mod test_database;
mod test_nats;
mod test_nats_cluster;
mod test_postgres;
mod version;

pub use error::Error;
pub use nats::{NatsOptions, NatsUser, PrivateNats};
pub use port::Port;
pub use postgres::{PostgresOptions, PrivatePostgres, Role};
pub use scratch::ScratchDirectory;
pub use scratch::shared_cluster::{Stopped, start as start_shared_cluster, stop as stop_shared_cluster};
pub use test_database::TestDatabase;
pub use test_nats::TestNats;
pub use test_nats_cluster::TestNatsCluster;
pub use test_postgres::TestPostgres;
