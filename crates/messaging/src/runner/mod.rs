//! Runs projections: brings each read model up to the log and keeps it there (E5).
//!
//! A projection's hosts are divided among partitions; nodes share them by locks. A partition reads the log from its
//! checkpoint until it is level, and then the stream, which costs PostgreSQL nothing. Where the stream is disturbed, has a
//! gap or is silent, it reads the log again: the stream is the fast way, the log is the truth.
//!
//! An event that cannot be projected stops its partition, and no other, until it can be. It is never left out.

mod catch_up;
mod continuity;
mod follow;
mod hops;
mod metrics;
mod partition;
mod seek;

use std::{sync::Arc, time::Duration};

use daybook_event_store::{Feed, Wakeups};
use daybook_projections::{Projection, ProjectionPartition};
use sqlx::PgPool;
use tokio::{task::JoinSet, time};
use tokio_util::sync::CancellationToken;

use crate::connect::Nats;
pub use metrics::ProjectionMetrics;
use partition::Partition;

/// How often the lag is shown anew.
const SHOW_LAG: Duration = Duration::from_secs(1);

/// The pause before a partition whose task panicked is run again.
const AFTER_PANIC: Duration = Duration::from_secs(5);

/// Runs one projection on one node.
#[derive(Debug)]
pub struct ProjectionRunner<P> {
    /// What is projected.
    pub projection: Arc<P>,
    /// The database of the log and the read models.
    pub pool: PgPool,
    /// The log.
    pub feed: Feed,
    /// Tells of new events in the log.
    pub wakeups: Wakeups,
    /// Where events are published.
    pub nats: Nats,
    /// What is counted.
    pub metrics: ProjectionMetrics,
}

impl<P: Projection> ProjectionRunner<P> {
    /// Runs every partition that no other node runs, until cancelled.
    ///
    /// To be cancelled and awaited rather than dropped, so that a step under way comes to its end.
    pub async fn run(self, cancel: CancellationToken) {
        let watch = self.metrics.of(P::NAME);
        let mut partitions = JoinSet::new();
        for partition in ProjectionPartition::all() {
            let partition = Partition {
                projection: Arc::clone(&self.projection),
                share: partition,
                pool: self.pool.clone(),
                feed: self.feed.clone(),
                wakeups: self.wakeups.clone(),
                nats: self.nats.clone(),
                watch: watch.partition(partition),
            };
            partitions.spawn(run_again_after_panics(partition, cancel.clone()));
        }
        let mut show = time::interval(SHOW_LAG);
        loop {
            tokio::select! {
                ended = partitions.join_next() => if ended.is_none() { return },
                _ = show.tick() => watch.show_lag(),
            }
        }
    }
}

/// A panic of a projection is its event's failure, and must not end the partition for ever.
async fn run_again_after_panics<P: Projection>(partition: Partition<P>, cancel: CancellationToken) {
    loop {
        // In a task of its own, which is where a panic stops. Aborted together with this one.
        let mut running = JoinSet::new();
        running.spawn(partition.clone().run(cancel.clone()));
        match running.join_next().await {
            Some(Err(panic)) if panic.is_panic() => {
                partition.watch.failed();
                tracing::error!(
                    projection = P::NAME,
                    partition = partition.share.number(),
                    %panic,
                    "the projection panicked and is run again"
                );
                if cancel.run_until_cancelled(time::sleep(AFTER_PANIC)).await.is_none() {
                    return;
                }
            }
            _ => return,
        }
    }
}
