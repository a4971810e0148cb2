//! What a node does now and then on its own account.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Result;
use daybook_accounts::Accounts;
use daybook_api::clock::Clock;
use daybook_domain::time::Instant;
use daybook_event_store::forget_past_reservations;
use daybook_projections::TablesLock;
use daybook_projections::availability::forget_past_times;
use daybook_projections::bookings::{months, overlaps};
use prometheus::{IntCounter, Registry};
use sqlx::PgPool;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::wiring::Group;

/// Between two looks for double bookings.
const LOOK: Duration = Duration::from_mins(1);
/// Between two times that what is due is made, and what is over removed.
const TIDY: Duration = Duration::from_hours(1);
/// Overlaps reported at most by one look.
const MOST_OVERLAPS: u16 = 1_000;

/// Starts what a node does now and then.
pub fn start(registry: &Registry, pool: PgPool, accounts: Accounts, clock: Clock, group: Group<'_>) -> Result<()> {
    let help = "Overlapping bookings that every other layer let through";
    let detected = IntCounter::new("daybook_double_booking_detected_total", help)?;
    registry.register(Box::new(detected.clone()))?;
    let (stop, tasks) = group;
    tasks.spawn(watch_for_double_bookings(pool.clone(), clock.clone(), detected, stop.clone()));
    tasks.spawn(tidy_now_and_then(pool, accounts, clock, stop.clone()));
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

/// Makes the months of the bookings read model ahead, and removes what is over: sessions, and times of the past (O2).
async fn tidy_now_and_then(pool: PgPool, accounts: Accounts, clock: Clock, stop: CancellationToken) {
    let mut times = every(TIDY);
    while stop.run_until_cancelled(times.tick()).await.is_some() {
        if let Err(error) = tidy(&pool, &accounts, clock.now(), &stop).await {
            tracing::warn!(%error, "could not make or remove what is due; trying again in an hour");
        }
    }
}

/// What is due, on one node at a time: whoever comes second has nothing to do.
async fn tidy(pool: &PgPool, accounts: &Accounts, now: Instant, stop: &CancellationToken) -> Result<()> {
    let Some(mut lock) = TablesLock::take(pool).await? else { return Ok(()) };
    let done = tidy_alone(&mut lock, pool, accounts, now, stop).await;
    lock.release().await;
    done
}

async fn tidy_alone(
    lock: &mut TablesLock,
    pool: &PgPool,
    accounts: &Accounts,
    now: Instant,
    stop: &CancellationToken,
) -> Result<()> {
    let months = months::ensure(lock, now, months::AHEAD).await?;
    for (month, rows) in months.left {
        tracing::warn!(%month, rows, "the default partition of the bookings read model has too many rows of a month to move \
            them; `daybook projections rebuild bookings` sorts them");
    }
    accounts.sweep_sessions(now).await?;
    let reservations = forget_past_reservations(pool, now, stop).await?;
    let times = forget_past_times(pool, now, stop).await?;
    tracing::debug!(months = months.made.len(), reservations, times, "tidied");
    Ok(())
}

/// Ticks at once, and then with this period.
pub fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
