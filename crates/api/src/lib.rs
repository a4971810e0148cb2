//! The REST contract: JSON becomes commands and queries, their answers become JSON or problem+json.
//!
//! [`front`] is what a listener serves, [`router`] lists every route. A handler reads like its operation: who may ask ([`auth`]), what they ask ([`extract`]), the
//! command or query, the answer. [`problem`] is the one table from refusals to HTTP.

#![warn(missing_docs)]

pub mod api_keys;
pub mod auth;
pub mod availability;
pub mod bookings;
pub mod calendar;
pub mod clock;
pub mod commands;
pub mod events;
pub mod extract;
pub mod front;
pub mod health;
pub mod meeting_types;
pub mod metrics;
pub mod middleware;
pub mod openapi;
pub mod page;
pub mod problem;
pub mod router;
pub mod schedules;
pub mod sessions;
pub mod state;
pub mod teams;
pub mod users;
