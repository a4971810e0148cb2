//! The bookings read model, filled from the log alone.

use std::time::Duration;

use daybook_event_store::Feed;
use daybook_projections::bookings::BookingsProjection;
use daybook_projections::{Projection as _, ProjectionPartition, Step, apply, checkpoint};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// The projector, running until it is stopped or dropped.
pub(crate) struct Projector {
    stop: CancellationToken,
    running: AbortOnDropHandle<()>,
}

impl Projector {
    pub(crate) fn start(pool: PgPool, projection: BookingsProjection) -> Self {
        let stop = CancellationToken::new();
        let (feed, stopped) = (Feed::new(pool.clone()), stop.clone());
        let running = tokio::spawn(async move {
            while !stopped.is_cancelled() {
                for partition in ProjectionPartition::all() {
                    take_a_step(&pool, &feed, &projection, partition).await;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
        Self { stop, running: AbortOnDropHandle::new(running) }
    }

    /// Stops it between two steps.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

/// Projects the next events of a partition, if there are any.
async fn take_a_step(pool: &PgPool, feed: &Feed, projection: &BookingsProjection, partition: ProjectionPartition) {
    let from = checkpoint::read(pool, BookingsProjection::NAME, partition).await.unwrap();
    let mut events = feed.after(from, 1_000).await.unwrap();
    let Some(to) = events.last().map(|last| last.place) else { return };
    events.retain(|event| ProjectionPartition::of(event.host) == partition);
    let mut connection = pool.acquire().await.unwrap();
    apply(&mut connection, projection, Step { partition, from, to, events: &events }).await.unwrap();
}
