//! Commands on distinct hosts, in process: against stock postgres-es, and against single-row commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use daybook_event_store::Metadata;
use daybook_testkit::Role;
use tokio::task::JoinSet;

use super::stock::Stock;
use crate::cpu::Meter;
use crate::deployment::pgbench::SingleRowCommits;
use crate::deployment::{Deployment, Store};
use crate::report::{Goal, Report};
use crate::rounds::{ROUNDS, Side, compare};
use crate::turn::{Recorder, Turn};
use crate::world::{Calendars, Guests, now};

/// Commands under way at any moment.
const IN_FLIGHT: usize = 64;
/// Calendars that take them in turn.
const CALENDARS: u64 = 1_000;
/// Bookings in each before the measurement: 50 events with those that open it.
const BOOKINGS_BEFORE: u64 = 24;

/// Measures commands per second.
pub async fn measure(whole: Duration) -> Result<Report> {
    let deployment = Deployment::start().await?;
    let store = deployment.store().await?;
    let calendars = Calendars::new(CALENDARS);
    calendars.open(&store.calendars, BOOKINGS_BEFORE).await?;
    let log = deployment.pool(Role::Application, 2).await?;
    let stock = Stock::with_the_same_events(&deployment.postgres, &log).await?;
    let single_rows = SingleRowCommits::prepare(&deployment.postgres).await?;

    let ours = Arc::new(Ours { store, calendars: calendars.copied() });
    let theirs = Arc::new(Theirs { stock, calendars });
    let meter = Meter::own("program").and("PostgreSQL", deployment.postgres.pid());
    let (mut returning, mut commits) = (Side::new(), Side::new());
    let compared = compare(
        whole * 3 / 5,
        &meter,
        async |turn| keep_in_flight(&ours, turn, Guests::New).await,
        async |turn| keep_in_flight(&theirs, turn, Guests::New).await,
    )
    .await?;
    let turn = whole / (5 * ROUNDS);
    for _ in 0..ROUNDS {
        returning.take(&meter, keep_in_flight(&ours, turn, Guests::Returning)).await?;
        commits.take(&meter, single_rows.turn(turn)).await?;
    }
    let in_commits = compared.daybook.rate() / commits.rate();
    let report = Report::rates("append", "commands/s", "stock postgres-es", compared);
    let in_stock = report.ratio.unwrap_or_default();
    if let Some(ours) = Arc::into_inner(ours) {
        ours.store.stop().await;
    }
    log.close().await;
    deployment.stop().await?;
    Ok(report
        .goal(Goal::at_least("× stock postgres-es", in_stock, 5.0))
        .goal(Goal::at_least("× single-row INSERT commits", in_commits, 1.0))
        .note(format!(
            "bookings on {CALENDARS} calendars of 50 events, each by a guest of its own; {IN_FLIGHT} in flight; fsync on"
        ))
        .note(format!("by guests who have booked before, and so have a key: {:.0}/s", returning.rate()))
        .note(format!("single-row INSERT commits (pgbench, 64 clients, same server): {:.0}/s", commits.rate())))
}

/// One of the two that are compared, with calendars of its own.
trait Books: Send + Sync + 'static {
    fn calendars(&self) -> &Calendars;
    fn book(&self, number: u64, guests: Guests) -> impl Future<Output = Result<()>> + Send;
}

struct Ours {
    store: Store,
    calendars: Calendars,
}

impl Books for Ours {
    fn calendars(&self) -> &Calendars {
        &self.calendars
    }

    async fn book(&self, number: u64, guests: Guests) -> Result<()> {
        let booking = self.calendars.booking(number, guests)?;
        self.store.calendars.execute(Calendars::host(number), booking, now(), Metadata::default()).await?;
        Ok(())
    }
}

struct Theirs {
    stock: Stock,
    calendars: Calendars,
}

impl Books for Theirs {
    fn calendars(&self) -> &Calendars {
        &self.calendars
    }

    async fn book(&self, number: u64, guests: Guests) -> Result<()> {
        self.stock.execute(Calendars::host(number), self.calendars.booking(number, guests)?).await
    }
}

/// Keeps [`IN_FLIGHT`] bookings under way, on one calendar after the other.
async fn keep_in_flight(side: &Arc<impl Books>, turn: Duration, guests: Guests) -> Result<Turn> {
    let (begun, given) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (side, given) = (Arc::clone(side), Arc::clone(&given));
        tasks.spawn(async move {
            let mut recorder = Recorder::new(begun);
            while begun.elapsed() < turn {
                let number = given.fetch_add(1, Ordering::Relaxed) % side.calendars().count();
                let sent = Instant::now();
                side.book(number, guests).await?;
                recorder.record(sent);
            }
            anyhow::Ok(recorder)
        });
    }
    Recorder::gather(begun, tasks).await
}
