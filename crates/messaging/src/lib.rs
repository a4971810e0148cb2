//! From the log into JetStream, and from there into the read models and caches.
//!
//! The [`relay`] publishes every committed event, exactly once and in commit order, into the [`streams`], as a
//! [`cloud_event`](daybook_event_store::cloud_event). The [`runner`] brings each projection up to the log and keeps it
//! there. [`announcements`] tell each node what its caches must forget. All of them go through one [`Nats`] connection,
//! and each heals by itself whatever happens to it: the log in PostgreSQL is the truth, and the streams are made from it.

#![warn(missing_docs)]

pub mod announcements;
mod backoff;
mod connect;
mod header;
mod live;
mod lock;
pub mod relay;
pub mod runner;
pub mod streams;
mod subject;
pub mod usage;

pub use connect::{ConnectError, MINIMUM_SERVER, Nats};
pub use lock::NodeLock;
