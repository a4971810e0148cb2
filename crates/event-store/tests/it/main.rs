//! The event store on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "in a test, what goes wrong is a failed test")]

mod append;
mod audit;
mod calendars;
mod crash;
mod erasure;
mod feed;
mod framework;
mod guards;
mod joint_appends;
mod outage;
mod personal;
mod proxy;
mod reading;
mod reservations;
mod rotation;
mod subscription;
mod support;
mod together;
mod together_races;
