//! Bookings of one calendar that everybody wants: against bookings on distinct hosts.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::book::{IN_FLIGHT, book, with_calendars};
use crate::cpu::Meter;
use crate::deployment::Deployment;
use crate::report::{Goal, Report};
use crate::rounds::compare;
use crate::world::Calendars;

/// Guests of each session.
const SEATS: u64 = 1_000;
/// Calendars of the baseline.
const CALENDARS: u64 = 1_000;

/// Measures bookings per second.
pub async fn measure(whole: Duration) -> Result<Report> {
    // A deployment each: calendars have the same numbers.
    let (one, many) = (Deployment::start().await?, Deployment::start().await?);
    let (hot, distinct) = (Arc::new(Calendars::with_seats(1, SEATS)), Arc::new(Calendars::new(CALENDARS)));
    let (hot_node, node) = (with_calendars(&one, &hot).await?, with_calendars(&many, &distinct).await?);
    let meter = Meter::own("load")
        .and("daybook", hot_node.pid())
        .and("PostgreSQL", one.postgres.pid())
        .and("daybook (distinct)", node.pid())
        .and("PostgreSQL (distinct)", many.postgres.pid());
    let compared = compare(
        whole,
        &meter,
        async |turn| book(&hot_node, &hot, turn).await,
        async |turn| book(&node, &distinct, turn).await,
    )
    .await?;
    for (node, deployment) in [(hot_node, one), (node, many)] {
        node.stop().await?;
        deployment.stop().await?;
    }
    let report = Report::rates("hot-calendar", "bookings/s", "bookings on distinct hosts", compared);
    let ratio = report.ratio.unwrap_or_default();
    Ok(report
        .goal(Goal::at_least("× bookings on distinct hosts", ratio, 0.5))
        .note(format!("a group meeting of {SEATS} seats a session, {IN_FLIGHT} in flight over HTTP; fsync on")))
}
