//! One stream's part of the relay: from the log into the stream, for ever.

use std::time::Duration;

use daybook_event_store::{DatabaseError, Feed, Follower, RecordedEvent, Wakeups};
use sqlx::PgPool;
use tokio::{sync::watch, time};
use tokio_util::sync::CancellationToken;

use super::{
    metrics::OutletMetrics,
    pipeline::{Pipeline, PipelineError},
    places::{self, Published},
    progress::Progress,
    standing::{self, Standing, StandingError},
};
use crate::{
    backoff::Backoff,
    connect::Nats,
    streams::{self, StreamError, StreamKind, StreamOptions},
};

/// How many events are read from the log at once.
const READ_AT_ONCE: u32 = 256;

/// How often the place is saved, and an idle stream looked at.
const UPKEEP: Duration = Duration::from_secs(1);

/// The pause after a disturbance, in which a server comes back.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Publishes the log into one stream.
#[derive(Clone)]
pub(super) struct Outlet {
    pub(super) kind: StreamKind,
    pub(super) options: StreamOptions,
    pub(super) nats: Nats,
    pub(super) pool: PgPool,
    pub(super) feed: Feed,
    pub(super) wakeups: Wakeups,
    pub(super) progress: Progress,
    pub(super) metrics: OutletMetrics,
}

/// Why publishing begins again from where the stream stands.
#[derive(Debug, thiserror::Error)]
enum Disturbance {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error(transparent)]
    Standing(#[from] StandingError),
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error("the log cannot be read: {0}")]
    Log(#[from] DatabaseError),
    #[error("the connection to NATS was made anew")]
    Reconnected,
    #[error("the stream stands at message {found} instead of {expected}")]
    StandsElsewhere { expected: u64, found: u64 },
}

impl Outlet {
    /// Publishes until it is told to stop. After every disturbance it asks the stream where it stands and goes on there.
    pub(super) async fn run(self, stop: CancellationToken) {
        let mut pause = Backoff::between(SHORTEST_PAUSE, LONGEST_PAUSE);
        let publishing = async {
            loop {
                let Err(disturbance) = self.publish_from_where_it_stands(&mut pause).await;
                self.metrics.disturbances.inc();
                match disturbance {
                    // Nobody but an operator can help.
                    Disturbance::Standing(StandingError::AnotherLog { .. } | StandingError::NothingOfOurs { .. })
                    | Disturbance::Stream(StreamError::Dropped { .. })
                    | Disturbance::Pipeline(PipelineError::Unwritable { .. } | PipelineError::NotSent { .. }) => {
                        tracing::error!(stream = self.kind.name(), %disturbance, "the relay does not get on");
                    }
                    _ => tracing::warn!(stream = self.kind.name(), %disturbance, "the relay begins again"),
                }
                pause.wait().await;
            }
        };
        Box::pin(stop.run_until_cancelled(publishing)).await;
    }

    async fn publish_from_where_it_stands(&self, pause: &mut Backoff) -> Result<std::convert::Infallible, Disturbance> {
        // Before anything is asked: a connection lost from now on must not go unnoticed.
        let mut connections = self.nats.connections();
        let jetstream = self.nats.jetstream();
        let info = streams::ensure(jetstream, self.kind, self.options).await?;
        let Standing { place, last_sequence } =
            standing::find(&info, self.kind, jetstream, &self.feed, &self.pool).await?;
        tracing::info!(stream = self.kind.name(), %place, last_sequence, "publishing from here");
        self.progress.reached(place);

        let mut pipeline = Pipeline::behind(last_sequence, jetstream, self.kind);
        let mut reading = Box::pin(read(self.feed.follow(place, self.wakeups.clone())));
        let mut upkeep = time::interval(UPKEEP);
        upkeep.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        let mut saved = None;
        loop {
            tokio::select! {
                biased;
                _ = connections.changed() => return Err(Disturbance::Reconnected),
                _ = upkeep.tick() => {
                    self.save(pipeline.acknowledged(), &mut saved).await;
                    if pipeline.is_settled() {
                        self.must_stand_at(pipeline.last_sequence()).await?;
                    }
                }
                settled = pipeline.settle_one(), if !pipeline.is_settled() => {
                    settled?;
                    pipeline.settle_what_is_here()?;
                    // Something went well again.
                    pause.reset();
                }
                (follower, events) = &mut reading => {
                    let events = events?;
                    reading = Box::pin(read(follower));
                    publish(&mut pipeline, &events, &mut connections).await?;
                }
            }
            self.metrics.published.inc_by(pipeline.take_acknowledged_count());
            if let Some(Published { place, .. }) = pipeline.acknowledged() {
                self.progress.reached(place);
            }
        }
    }

    /// Saves the place if it moved. A failure costs nothing: the next relay counts along the log from an older place.
    async fn save(&self, published: Option<Published>, saved: &mut Option<Published>) {
        let Some(published) = published.filter(|published| Some(*published) != *saved) else { return };
        match places::save(&self.pool, self.kind.name(), published).await {
            Ok(()) => *saved = Some(published),
            Err(error) => tracing::warn!(stream = self.kind.name(), %error, "the relay's place was not saved"),
        }
    }

    /// A stream that was deleted or lost its tail while nothing was published is filled again without waiting for an event.
    async fn must_stand_at(&self, expected: u64) -> Result<(), Disturbance> {
        let found = streams::ensure(self.nats.jetstream(), self.kind, self.options).await?.state.last_sequence;
        if found == expected { Ok(()) } else { Err(Disturbance::StandsElsewhere { expected, found }) }
    }
}

async fn publish(
    pipeline: &mut Pipeline<'_>,
    events: &[RecordedEvent],
    connections: &mut watch::Receiver<u64>,
) -> Result<(), Disturbance> {
    let all = async {
        for event in events {
            pipeline.publish(event).await?;
        }
        Ok(())
    };
    tokio::select! {
        biased;
        _ = connections.changed() => Err(Disturbance::Reconnected),
        done = all => done,
    }
}

/// The next events, and the follower again: so that the reading goes on while acknowledgements come in.
async fn read(mut follower: Follower) -> (Follower, Result<Vec<RecordedEvent>, DatabaseError>) {
    let events = follower.next(READ_AT_ONCE).await;
    (follower, events)
}
