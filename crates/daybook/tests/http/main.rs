//! The contract of SPEC §2 over HTTP: the built program on a real PostgreSQL and NATS, asked as guests, hosts and operators do.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod access;
mod accounts;
mod api_keys;
mod approval;
mod availability;
mod bad_input;
mod booking_refusals;
mod bookings;
mod cli;
mod collective;
mod correlation;
mod erasure;
mod events;
mod groups;
mod history;
mod idempotency;
mod leaving;
mod limits;
mod lists;
mod meeting_types;
mod nodes;
mod openapi;
mod operations;
mod otlp;
mod plans;
mod protocol;
mod questions;
mod race;
mod rotation;
mod round_robin;
mod schedules;
mod series;
mod sessions;
mod suggestions;
mod teams;
mod time_travel;
mod tokens;
mod versions;

use daybook_black_box as support;
use support::deployment::Deployment;
use support::node::Node;
use support::watchdog::Watchdog;
use tokio::sync::OnceCell;

/// Two nodes on one database and NATS, for every test that needs no node of its own. Tests keep apart by having their own
/// hosts.
struct Shared {
    deployment: Deployment,
    one: Node,
    other: Node,
    _watchdog: Watchdog,
}

async fn shared() -> &'static Shared {
    static SHARED: OnceCell<Shared> = OnceCell::const_new();
    SHARED
        .get_or_init(async || {
            let deployment = Deployment::create().await;
            let (one, other) = tokio::join!(deployment.node(), deployment.node());
            let nats = deployment.nats.pid().unwrap().cast_unsigned();
            Shared { deployment, one, other, _watchdog: Watchdog::over([nats]) }
        })
        .await
}
