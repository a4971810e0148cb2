//! Messaging on a real PostgreSQL and a real NATS server.

#![expect(clippy::unwrap_used, reason = "in a test, what goes wrong is a failed test")]

mod announcements;
mod projecting_delivery;
mod projecting_failures;
mod projecting_sharing;
mod published_content;
mod real_read_models;
mod relay_delivery;
mod relay_healing;
mod relay_lag;
mod relay_leadership;
mod streams;
mod support;
