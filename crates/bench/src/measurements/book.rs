//! Bookings over HTTP on distinct hosts: against single-row commits of the same server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use daybook_testkit::Role;

use crate::deployment::pgbench::SingleRowCommits;
use crate::deployment::{Deployment, Node, Roles};
use crate::load;
use crate::report::{Goal, Report};
use crate::rounds::compare;
use crate::turn::Turn;
use crate::world::{Calendars, register};

/// Requests under way at any moment.
pub const IN_FLIGHT: usize = 64;
/// Calendars that take them in turn.
const CALENDARS: u64 = 1_000;

/// Measures bookings per second.
pub async fn measure(whole: Duration) -> Result<Report> {
    let deployment = Deployment::start().await?;
    let single_rows = SingleRowCommits::prepare(&deployment.postgres).await?;
    let calendars = Arc::new(Calendars::new(CALENDARS));
    let node = with_calendars(&deployment, &calendars).await?;
    let meter = deployment.meter(&node);
    let before = deployment.sessions().await?;
    let compared = compare(
        whole,
        &meter,
        async |turn| book(&node, &calendars, turn).await,
        async |turn| single_rows.turn(turn).await,
    )
    .await?;
    let sessions = deployment.sessions().await?.since(&before).shares();
    node.stop().await?;
    deployment.stop().await?;
    let report = Report::rates("book", "bookings/s", "single-row INSERT commits", compared);
    let ratio = report.ratio.unwrap_or_default();
    Ok(report
        .goal(Goal::at_least("× single-row INSERT commits (pgbench, 64 clients)", ratio, 0.4))
        .note(format!("{CALENDARS} hosts, {IN_FLIGHT} in flight, each booking by a new guest; fsync on"))
        .note(format!("PostgreSQL's CPU by session: {sessions}"))
        .note("the node also relays to JetStream and fills the read models; the load shares the cores"))
}

/// A node with these calendars and their hosts.
pub async fn with_calendars(deployment: &Deployment, calendars: &Calendars) -> Result<Node> {
    let store = deployment.store().await?;
    calendars.open(&store.calendars, 0).await?;
    store.stop().await;
    register(0..calendars.count(), &deployment.pool(Role::Owner, 1).await?).await?;
    deployment.node(Roles::All).await
}

/// Books one calendar after the other for so long.
pub async fn book(node: &Node, calendars: &Arc<Calendars>, turn: Duration) -> Result<Turn> {
    let (calendars, given) = (Arc::clone(calendars), Arc::new(AtomicU64::new(0)));
    let next = move || calendars.booking_request(given.fetch_add(1, Ordering::Relaxed) % calendars.count());
    load::keep_in_flight(node.address, IN_FLIGHT, turn, next).await
}
