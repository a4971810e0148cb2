//! What a day looks like: availability at a constant rate with bookings in between. The same load on an empty route says what
//! the load generator itself adds.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::book::with_calendars;
use crate::deployment::{Deployment, EmptyRoute};
use crate::load::{self, Request};
use crate::report::{Goal, Percentiles, Report, panels};
use crate::rounds::{ROUNDS, Side};
use crate::world::Calendars;

/// Requests a second.
const RATE: u32 = 5_000;
/// Every so many-th of them books.
const BOOKING_EVERY: u32 = 100;
const CONNECTIONS: usize = 64;
const CALENDARS: u64 = 1_000;
/// Days that are asked for.
const DAYS: u64 = 7;

/// Measures the latency that 99 % stay below.
pub async fn measure(whole: Duration) -> Result<Report> {
    let deployment = Deployment::start().await?;
    let calendars = Arc::new(Calendars::new(CALENDARS));
    let node = with_calendars(&deployment, &calendars).await?;
    let paths = (0..CALENDARS).map(|number| calendars.availability_path(number, DAYS));
    let reads: Arc<[Arc<Request>]> = paths.map(|path| Arc::new(Request::get(&path))).collect();
    let empty = EmptyRoute::start(&load::body(node.address, &calendars.availability_path(0, DAYS)).await?).await?;
    let meter = deployment.meter(&node).and("empty route", empty.pid());

    // A step that has no divisor in common with the number of calendars visits all of them, in no simple order.
    let read = {
        let reads = Arc::clone(&reads);
        move |number: u32| Arc::clone(&reads[number as usize * 619 % reads.len()])
    };
    let both = {
        let (calendars, read) = (Arc::clone(&calendars), read.clone());
        move |number: u32| match number % BOOKING_EVERY {
            0 => calendars.booking_request(u64::from(number / BOOKING_EVERY) % CALENDARS),
            _ => Ok(read(number)),
        }
    };
    let turn = whole / (2 * (ROUNDS + 1));
    load::at_constant_rate(node.address, CONNECTIONS, RATE, turn, both.clone()).await?;
    let (mut daybook, mut baseline) = (Side::new(), Side::new());
    for _ in 0..ROUNDS {
        let read = read.clone();
        let floor = load::at_constant_rate(empty.address, CONNECTIONS, RATE, turn, move |number| Ok(read(number)));
        baseline.take(&meter, floor).await?;
        daybook.take(&meter, load::at_constant_rate(node.address, CONNECTIONS, RATE, turn, both.clone())).await?;
    }
    node.stop().await?;
    deployment.stop().await?;
    let (own, floor) = (Percentiles::from(&daybook.latencies), Percentiles::from(&baseline.latencies));
    Ok(Report {
        baseline_name: Some("empty axum route, same load"),
        baseline: Some(floor.p99 / 1000.0),
        ratio: Some(own.p99 / floor.p99),
        percentiles: Some(own),
        baseline_percentiles: Some(floor),
        panels: panels("empty axum route", &daybook, Some(&baseline)),
        cpu_micros_each: daybook.cpu.micros_per(daybook.operations),
        baseline_cpu_micros_each: baseline.cpu.micros_per(baseline.operations),
        cpu_seconds: daybook.cpu.clone(),
        baseline_cpu_seconds: baseline.cpu.clone(),
        ..Report::new("mixed", own.p99 / 1000.0, "ms (p99)")
    }
    .goal(Goal::at_most("ms that 99 % stay below", own.p99 / 1000.0, 10.0))
    .note(format!(
        "{RATE} requests/s, open loop, {CONNECTIONS} connections, 1 in {BOOKING_EVERY} a booking; {CALENDARS} hosts; {:.0}/s \
         answered",
        daybook.rate()
    )))
}
