//! What a node does now and then on its own account.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Result;
use daybook_accounts::Accounts;
use daybook_api::clock::Clock;
use daybook_projections::bookings::overlaps;
use prometheus::{IntCounter, Registry};
use sqlx::PgPool;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::wiring::Group;

/// Between two looks for double bookings.
const LOOK: Duration = Duration::from_mins(1);
/// Between two sweeps of expired sessions.
const SWEEP: Duration = Duration::from_hours(1);
/// Overlaps reported at most by one look.
const MOST_OVERLAPS: u16 = 1_000;

/// Starts what a node does now and then.
pub fn start(registry: &Registry, pool: PgPool, accounts: Accounts, clock: Clock, group: Group<'_>) -> Result<()> {
    let help = "Overlapping bookings that every other layer let through";
    let detected = IntCounter::new("daybook_double_booking_detected_total", help)?;
    registry.register(Box::new(detected.clone()))?;
    let (stop, tasks) = group;
    tasks.spawn(watch_for_double_bookings(pool, clock.clone(), detected, stop.clone()));
    tasks.spawn(sweep_sessions(accounts, clock, stop.clone()));
    Ok(())
}

/// Looks for double bookings that every other layer has let through (B6). Each is counted once; there must be none.
async fn watch_for_double_bookings(pool: PgPool, clock: Clock, detected: IntCounter, stop: CancellationToken) {
    let mut known = HashSet::new();
    let mut looks = every(LOOK);
    while stop.run_until_cancelled(looks.tick()).await.is_some() {
        let found = match overlaps(&pool, clock.now(), MOST_OVERLAPS).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "could not look for double bookings");
                continue;
            }
        };
        for overlap in found.into_iter().filter(|overlap| known.insert((overlap.first, overlap.second))) {
            detected.inc();
            tracing::error!(host = %overlap.host, first = %overlap.first, second = %overlap.second, "double booking");
        }
    }
}

/// Removes sessions that have expired.
async fn sweep_sessions(accounts: Accounts, clock: Clock, stop: CancellationToken) {
    let mut sweeps = every(SWEEP);
    while stop.run_until_cancelled(sweeps.tick()).await.is_some() {
        if let Err(error) = accounts.sweep_sessions(clock.now()).await {
            tracing::warn!(%error, "could not remove expired sessions");
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
