//! The database schema: numbered SQL files beside this crate, embedded into the binary.
//!
//! Migrations only add (expand, then contract) and are run by the role that owns the log, never by the application's role.

#![warn(missing_docs)]

/// Every migration of this folder, in order.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");
