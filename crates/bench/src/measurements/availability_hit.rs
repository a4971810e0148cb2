//! Availability over HTTP, answered from the cache: against an empty route that returns the same bytes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use daybook_testkit::Role;

use crate::cpu::Meter;
use crate::deployment::{Deployment, EmptyRoute, Roles};
use crate::load::{self, Request};
use crate::report::{Goal, Report};
use crate::rounds::compare;
use crate::world::{Calendars, register};

/// Connections, each with one request under way.
const CONNECTIONS: usize = 32;
/// Days that are asked for.
const DAYS: u64 = 7;

/// Measures requests per second.
pub async fn measure(whole: Duration) -> Result<Report> {
    let deployment = Deployment::start().await?;
    let calendars = Calendars::new(1);
    let store = deployment.store().await?;
    calendars.open(&store.calendars, 0).await?;
    store.stop().await;
    register(0..1, &deployment.pool(Role::Owner, 1).await?).await?;
    let node = deployment.node(Roles::All).await?;
    let path = calendars.availability_path(0, DAYS);
    let answer = load::body(node.address, &path).await?;
    let empty = EmptyRoute::start(&answer).await?;
    let meter = Meter::own("load").and("daybook", node.pid()).and("empty route", empty.pid());

    let request = Arc::new(Request::get(&path));
    let turn = async |server, turn| {
        let request = Arc::clone(&request);
        load::keep_in_flight(server, CONNECTIONS, turn, move || Ok(Arc::clone(&request))).await
    };
    let compared = compare(
        whole,
        &meter,
        async |length| turn(node.address, length).await,
        async |length| turn(empty.address, length).await,
    )
    .await?;
    node.stop().await?;
    deployment.stop().await?;
    let report = Report::rates("availability-hit", "requests/s", "empty axum route", compared);
    let ratio = report.ratio.unwrap_or_default();
    Ok(report.goal(Goal::at_least("× empty axum route", ratio, 0.8)).note(format!(
        "{CONNECTIONS} connections, closed loop, bodies of {} bytes; the load shares the cores",
        answer.len()
    )))
}
