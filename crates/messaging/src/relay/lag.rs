//! Measures how long committed events wait for being published.

use std::time::Duration;

use daybook_event_store::{DatabaseError, Feed, Place};
use sqlx::PgPool;
use tokio::time::{self, Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::{
    metrics::RelayMetrics,
    places::{self, PlacesError},
    progress::Progress,
};
use crate::streams::StreamKind;

/// How often it is measured, and the measure's precision.
const INTERVAL: Duration = Duration::from_secs(1);

/// Remembers the end of the log as it once was, until every stream has that event.
///
/// Looking at the end, rather than at what the feed gives, also measures a feed that is held up by a transaction left open.
#[derive(Debug, Default)]
struct Waiting(Option<(Place, Instant)>);

impl Waiting {
    /// For how long an event waits, given the log's end and what all streams have.
    fn since(&mut self, end: Place, published: Place, now: Instant) -> Duration {
        if published >= end {
            self.0 = None;
        } else if self.0.is_none_or(|(awaited, _)| published >= awaited) {
            self.0 = Some((end, now));
        }
        self.0.map_or(Duration::ZERO, |(_, noticed)| now - noticed)
    }
}

/// What the lag is measured from.
pub(super) struct LagMonitor {
    pub(super) feed: Feed,
    pub(super) pool: PgPool,
    /// Of every stream, while this node publishes.
    pub(super) progress: Vec<(StreamKind, Progress)>,
    pub(super) metrics: RelayMetrics,
}

impl LagMonitor {
    /// Measures until it is told to stop.
    pub(super) async fn run(self, stop: CancellationToken) {
        let mut ticks = time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut waiting = Waiting::default();
        let mut measured = Instant::now();
        let measuring = async {
            loop {
                ticks.tick().await;
                match self.ends().await {
                    Ok((end, published)) => {
                        let lag = waiting.since(end, published, Instant::now());
                        self.metrics.lag.set(lag.as_secs_f64());
                        // A place further on in the log may have a lower position: it was taken by a slower transaction.
                        self.metrics.lag_events.set(if published < end {
                            (end.position - published.position).max(1)
                        } else {
                            0
                        });
                        measured = Instant::now();
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the relay's lag cannot be measured");
                        // Not knowing is no better than lagging.
                        self.metrics.lag.set(self.metrics.lag.get().max(measured.elapsed().as_secs_f64()));
                    }
                }
            }
        };
        stop.run_until_cancelled(measuring).await;
    }

    /// The end of the log, and the place up to which every stream has its events.
    async fn ends(&self) -> Result<(Place, Place), MeasureError> {
        let Some((end, _)) = self.feed.end().await? else { return Ok(Default::default()) };
        let mut published = end;
        for (kind, progress) in &self.progress {
            let place = match progress.place() {
                Some(place) => place,
                // Another node publishes; it saves its place every second.
                None => places::saved(&self.pool, kind.name()).await?.map(|saved| saved.place).unwrap_or_default(),
            };
            published = published.min(place);
        }
        Ok((end, published))
    }
}

#[derive(Debug, thiserror::Error)]
enum MeasureError {
    #[error(transparent)]
    Log(#[from] DatabaseError),
    #[error(transparent)]
    Places(#[from] PlacesError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lag_is_the_time_for_which_an_event_is_known_to_wait() {
        let place = |position| Place { transaction_id: 1, position };
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut waiting = Waiting::default();
        assert_eq!(waiting.since(place(5), place(5), at(0)), Duration::ZERO);
        assert_eq!(waiting.since(place(9), place(5), at(1)), Duration::ZERO);
        assert_eq!(waiting.since(place(20), place(8), at(3)), Duration::from_secs(2));
        // The ninth event is published; those after it are known to wait from now on.
        assert_eq!(waiting.since(place(20), place(9), at(4)), Duration::ZERO);
        assert_eq!(waiting.since(place(20), place(19), at(9)), Duration::from_secs(5));
        assert_eq!(waiting.since(place(20), place(20), at(10)), Duration::ZERO);
    }
}
