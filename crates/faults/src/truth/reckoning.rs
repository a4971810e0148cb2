//! When all is calm: everything that can be known is held against everything else.

use anyhow::{Context as _, Result, ensure};
use daybook_black_box::log::Log;
use daybook_black_box::people::{Booked, Offer};
use daybook_black_box::times::{later, tuesday, written};
use serde::{Deserialize, Serialize};

use super::bookings::Bookings;
use super::{Event, events, streams, within};
use crate::check;
use crate::history::Offered;
use crate::stage::Stage;

/// The tables of each projection.
const READ_MODELS: [(&str, &[&str]); 2] = [
    ("availability", &["read_models.availability_hosts", "read_models.busy_times"]),
    ("bookings", &["read_models.bookings"]),
];

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reckoning {
    /// Events of the log, each in both streams, once and in order.
    pub events: usize,
    /// Bookings.
    pub bookings: usize,
    /// Bookings in several calendars.
    pub collective: usize,
    /// Rows of the read models, equal to those of a rebuild.
    pub rows: usize,
}

/// Holds the read models, the reservations, the streams and both nodes against the log.
pub(crate) async fn reckon(stage: &Stage, events: &[Event]) -> Result<Reckoning> {
    let log = stage.log();
    let (bookings, _) = check::log(events, &stage.offers)?;
    bookings.must_be_reserved(&log).await?;
    until_level(stage).await?;
    ensure!(log.overlaps().await == (0, 0), "bookings overlap");
    ensure!(Bookings::shown(&log).await? == bookings, "the read model does not show the log's bookings");
    streams::must_hold(&stage.nats, events).await?;
    let rows = must_equal_a_rebuild(stage, &log).await?;
    until_nodes_agree(stage, &log).await?;
    let (all, collective) = bookings.counts();
    Ok(Reckoning { events: events.len(), bookings: all, collective, rows })
}

/// JetStream loses everything, and gets it back from the log.
pub(crate) async fn lose_jetstream(stage: &mut Stage, already: &[Event]) -> Result<()> {
    stage.nats.wipe_store().await?;
    stage.nats.restart().await?;
    streams::must_hold(&stage.nats, already).await.context("after the streams were deleted")?;
    let offer = Offer { http: stage.doors.get(0), id: stage.offers[0].id.clone() };
    // A day on which nobody else books.
    let start = later(tuesday(), 14).and_hms_opt(9, 0, 0).context("a time")?.and_utc();
    let booked = Booked::of(&offer.http, &offer.request(&written(start)).await);
    let log = stage.log();
    streams::must_hold(&stage.nats, &events(&log).await?).await?;
    until_level(stage).await?;
    ensure!(Bookings::shown(&log).await?.has(&booked.id), "the read models do not follow the new streams");
    until_nodes_agree(stage, &log).await?;
    within("all is healthy", async || {
        let health = stage.doors.get(0).get("/health").await;
        Ok((health.status == 200 && health.ok()["status"] == "healthy").then_some(()))
    })
    .await
}

/// Waits until every partition of every projection is level with the log.
async fn until_level(stage: &Stage) -> Result<()> {
    within("the read models are level with the log", async || {
        let status = stage.run(&["projections", "status"]).await?;
        let level = status.lines().count() == 8 && status.lines().all(|line| line.contains("level with the log"));
        Ok(level.then_some(()))
    })
    .await
}

/// The read models, all columns, are what a rebuild from the first event makes of the log. Says how many rows they have.
async fn must_equal_a_rebuild(stage: &Stage, log: &Log) -> Result<usize> {
    let mut compared = 0;
    for (name, tables) in READ_MODELS {
        let live = log.rows(tables).await;
        stage.run(&["projections", "rebuild", name]).await?;
        let rebuilt = log.rows(tables).await;
        let differing: Vec<_> = live.iter().zip(&rebuilt).filter(|(live, rebuilt)| live != rebuilt).take(3).collect();
        ensure!(live == rebuilt, "{name}: {} rows live, {} rebuilt; {differing:#?}", live.len(), rebuilt.len());
        compared += live.len();
    }
    Ok(compared)
}

/// All nodes offer the same times, at each of which as many hosts are free as it takes.
async fn until_nodes_agree(stage: &Stage, log: &Log) -> Result<()> {
    for offered in stage.offers.iter().filter(|offered| offered.capacity == 1) {
        within("all nodes offer what is free", async || {
            let all = [slots(stage, 0, offered).await, slots(stage, 1, offered).await];
            let may_be_taken = i64::try_from(offered.hosts.len() - offered.takes)?;
            let query = "SELECT count(*) FROM unnest($2::text[]) AS slot (start)
                         WHERE (SELECT count(DISTINCT host_id) FROM reservations
                                WHERE host_id = ANY ($1::text[]::uuid[]) AND during @> start::timestamptz) > $3";
            let query = sqlx::query_scalar(query).bind(&offered.hosts).bind(&all[0]).bind(may_be_taken);
            let taken: i64 = query.fetch_one(&log.0).await?;
            Ok((all[0] == all[1] && taken == 0).then_some(()))
        })
        .await?;
    }
    Ok(())
}

async fn slots(stage: &Stage, node: usize, offered: &Offered) -> Vec<String> {
    let offer = Offer { http: stage.doors.get(node), id: offered.id.clone() };
    [offer.slots(tuesday()).await, offer.slots(later(tuesday(), 1)).await].concat()
}
