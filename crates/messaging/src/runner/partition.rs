//! One partition of a projection on one node.

use std::{convert::Infallible, sync::Arc, time::Duration};

use daybook_event_store::{Feed, OwnConnection, Place, RecordedEvent, Wakeups};
use daybook_projections::{Projection, ProjectionError, ProjectionPartition, Step, apply, checkpoint};
use sqlx::PgPool;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{catch_up::Stopped, continuity::Continuity, hops::Hops, metrics::PartitionWatch};
use crate::{backoff::Backoff, connect::Nats, lock::NodeLock};

/// The pause after an event that could not be projected: short at first, since most such trouble is over at once.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long the log is followed before the stream is tried again.
const BEFORE_STREAM: Duration = Duration::from_secs(1);

/// How often the log is asked although nothing was heard of.
const POLL: Duration = Duration::from_millis(200);

/// A partition of a projection, whichever node runs it.
#[derive(Debug)]
pub(super) struct Partition<P> {
    pub(super) projection: Arc<P>,
    pub(super) share: ProjectionPartition,
    pub(super) pool: PgPool,
    pub(super) feed: Feed,
    pub(super) wakeups: Wakeups,
    pub(super) nats: Nats,
    pub(super) watch: PartitionWatch,
}

// Derived, it would ask the projection to be clonable too.
impl<P> Clone for Partition<P> {
    fn clone(&self) -> Self {
        Self {
            projection: Arc::clone(&self.projection),
            share: self.share,
            pool: self.pool.clone(),
            feed: self.feed.clone(),
            wakeups: self.wakeups.clone(),
            nats: self.nats.clone(),
            watch: self.watch.clone(),
        }
    }
}

impl<P: Projection> Partition<P> {
    /// Projects whenever this node holds the partition's lock, until cancelled.
    ///
    /// The lock saves work and no more: a step is taken only from where the checkpoint stands, so of two nodes that both
    /// believe they hold it, one takes the step.
    pub(super) async fn run(self, cancel: CancellationToken) {
        let name = format!("projection {} {}", P::NAME, self.share.number());
        while let Some(lock) = NodeLock::acquire(&self.pool.connect_options(), &name, &cancel).await {
            let stop = lock.lost().child_token();
            let stop_when_cancelled = async {
                cancel.cancelled().await;
                stop.cancel();
                std::future::pending::<Infallible>().await
            };
            tokio::select! {
                never = stop_when_cancelled => match never {},
                () = self.project(&stop) => {}
            }
            // Whoever takes over knows what waits.
            self.watch.level();
            lock.release().await;
        }
    }

    async fn project(&self, stop: &CancellationToken) {
        let mut pause = Backoff::between(SHORTEST_PAUSE, LONGEST_PAUSE);
        while !stop.is_cancelled() {
            match checkpoint::read(&self.pool, P::NAME, self.share).await {
                Ok(place) => {
                    pause.reset();
                    Reader::at(place, self, stop).read_until_moved().await;
                }
                Err(error) => {
                    tracing::warn!(projection = P::NAME, %error, "the checkpoint cannot be read; trying again");
                    stop.run_until_cancelled(pause.wait()).await;
                }
            }
        }
    }
}

/// How far a partition has come.
pub(super) struct Reader<'a, P> {
    pub(super) of: &'a Partition<P>,
    /// Where the checkpoint stands.
    pub(super) checkpoint: Place,
    /// Up to here there is nothing more for this partition; not before the checkpoint.
    pub(super) read_to: Place,
    /// How many events of other partitions stand between the two.
    pub(super) passed_over: usize,
    pub(super) continuity: Continuity,
    wakeups: Wakeups,
    connection: OwnConnection,
    stop: &'a CancellationToken,
}

impl<'a, P: Projection> Reader<'a, P> {
    fn at(checkpoint: Place, of: &'a Partition<P>, stop: &'a CancellationToken) -> Self {
        Self {
            of,
            checkpoint,
            read_to: checkpoint,
            passed_over: 0,
            continuity: Continuity::default(),
            wakeups: of.wakeups.clone(),
            connection: OwnConnection::beside(&of.pool, &format!("daybook projector: {}", P::NAME)),
            stop,
        }
    }

    /// Reads the log and then the stream, and again, until it is stopped or the checkpoint is not where it left it.
    async fn read_until_moved(&mut self) {
        let mut pause = Backoff::between(SHORTEST_PAUSE, LONGEST_PAUSE);
        let mut stream_at = Instant::now();
        loop {
            let stopped = match self.catch_up().await {
                Ok(()) if Instant::now() < stream_at => self.wait_for_more().await,
                Ok(()) => {
                    let stopped = self.follow_stream().await;
                    stream_at = Instant::now() + BEFORE_STREAM;
                    stopped
                }
                Err(stopped) => Err(stopped),
            };
            match stopped {
                Ok(()) => pause.reset(),
                Err(Stopped::Failed) => {
                    if self.unless_stopped(pause.wait()).await.is_err() {
                        return;
                    }
                }
                Err(Stopped::CheckpointMoved) => {
                    let (projection, partition) = (P::NAME, self.of.share.number());
                    tracing::info!(
                        projection,
                        partition,
                        "the checkpoint was moved, as a rebuild does; reading it again"
                    );
                    return;
                }
                Err(Stopped::Asked) => return,
            }
        }
    }

    async fn wait_for_more(&mut self) -> Result<(), Stopped> {
        let stop = self.stop;
        stop.run_until_cancelled(self.wakeups.wait(POLL)).await.ok_or(Stopped::Asked)
    }

    /// The outcome of something that may be broken off, which a step is not.
    pub(super) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        self.stop.run_until_cancelled(work).await.ok_or(Stopped::Asked)
    }

    /// Takes a step; the checkpoint then stands at `to`.
    ///
    /// A step is never broken off, not even when this node shall stop: see
    /// [`ProjectionRunner::run`](super::ProjectionRunner::run).
    pub(super) async fn step(&mut self, to: Place, events: &[RecordedEvent]) -> Result<(), ProjectionError> {
        let step = Step { partition: self.of.share, from: self.checkpoint, to, events };
        let hops = Hops::begin::<P>(self.of.share, events);
        let mut connection = self.connection.take().await?;
        apply(&mut connection, &*self.of.projection, step).await?;
        self.connection.keep(connection);
        hops.projected();
        self.checkpoint = to;
        self.read_to = self.read_to.max(to);
        self.passed_over = 0;
        self.of.watch.projected(events.len());
        Ok(())
    }
}
