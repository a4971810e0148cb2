//! The relay: every committed event of the log goes into the streams, exactly once and in commit order (E4).
//!
//! One node publishes at a time, by a lock; but that is for economy. What keeps a stream right is that each publish names
//! the sequence it follows: a relay that was deposed without noticing fails on it. A stream knows by its last message
//! which event it has reached, so after any disturbance the relay asks it and goes on from there. A stream that lost its
//! tail or everything is thereby filled again from the log.

mod lag;
mod metrics;
mod outlet;
mod pipeline;
mod places;
mod progress;
mod standing;

use std::time::Duration;

use daybook_event_store::{Feed, Wakeups};
use sqlx::PgPool;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    backoff::Backoff,
    connect::Nats,
    lock::NodeLock,
    streams::{StreamKind, StreamOptions},
};
use lag::LagMonitor;
pub use metrics::RelayMetrics;
use outlet::Outlet;
use progress::Progress;

const LOCK: &str = "relay";

/// The relay of one node. At any time one node's relay publishes and the others wait for it to fall.
#[derive(Clone, Debug)]
pub struct Relay {
    /// Where to publish.
    pub nats: Nats,
    /// The database of the log.
    pub pool: PgPool,
    /// The log.
    pub feed: Feed,
    /// Tells of new events in the log.
    pub wakeups: Wakeups,
    /// How the streams are made.
    pub streams: StreamOptions,
    /// What is counted.
    pub metrics: RelayMetrics,
}

impl Relay {
    /// Publishes whenever this node holds the lock, until cancelled.
    pub async fn run(self, cancel: CancellationToken) {
        let progress = StreamKind::ALL.map(|kind| (kind, Progress::default()));
        let mut monitor = JoinSet::new();
        monitor.spawn(self.lag_monitor(&progress).run(cancel.clone()));
        let mut pause = Backoff::between(Duration::from_millis(50), Duration::from_secs(1));
        while let Some(lock) = NodeLock::acquire(&self.pool.connect_options(), LOCK, &cancel).await {
            tracing::info!("this node's relay publishes");
            self.metrics.leader.set(1);
            self.publish_under(&lock, &progress, &cancel).await;
            self.metrics.leader.set(0);
            for (_, progress) in &progress {
                progress.forget();
            }
            lock.release().await;
            if !cancel.is_cancelled() {
                tracing::warn!("this node's relay no longer publishes");
                pause.wait().await;
            }
        }
        monitor.shutdown().await;
    }

    /// Runs both outlets until the lock is lost or the relay cancelled.
    async fn publish_under(&self, lock: &NodeLock, progress: &[(StreamKind, Progress)], cancel: &CancellationToken) {
        let stop = lock.lost().child_token();
        let mut outlets = JoinSet::new();
        for (kind, progress) in progress {
            outlets.spawn(self.outlet(*kind, progress.clone()).run(stop.clone()));
        }
        tokio::select! {
            // Told to stop, the outlets end, too; that is no news.
            biased;
            () = cancel.cancelled() => {}
            () = stop.cancelled() => {}
            // An outlet ends only when told to, so it has panicked.
            Some(ended) = outlets.join_next() => tracing::error!(?ended, "a part of the relay ended"),
        }
        stop.cancel();
        while outlets.join_next().await.is_some() {}
    }

    fn outlet(&self, kind: StreamKind, progress: Progress) -> Outlet {
        Outlet {
            kind,
            options: self.streams,
            nats: self.nats.clone(),
            pool: self.pool.clone(),
            feed: self.feed.clone(),
            wakeups: self.wakeups.clone(),
            progress,
            metrics: self.metrics.of(kind),
        }
    }

    fn lag_monitor(&self, progress: &[(StreamKind, Progress)]) -> LagMonitor {
        LagMonitor {
            feed: self.feed.clone(),
            pool: self.pool.clone(),
            progress: progress.to_vec(),
            metrics: self.metrics.clone(),
        }
    }
}
