//! A projector that reads the log alone, in place of the runner that follows the published events.

use std::sync::Arc;
use std::time::Duration;

use daybook_event_store::{Feed, Place};
use daybook_projections::{Projection, ProjectionError, ProjectionPartition, Step, apply, checkpoint};
use sqlx::PgPool;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// A projection that runs until it is dropped.
pub(crate) struct Running {
    stop: DropGuard,
    tasks: TaskTracker,
}

impl Running {
    /// Runs every partition of the projection.
    pub(crate) fn start<P: Projection>(pool: &PgPool, feed: &Feed, projection: P) -> Self {
        let (token, tasks) = (CancellationToken::new(), TaskTracker::new());
        let projection = Arc::new(projection);
        for partition in ProjectionPartition::all() {
            let (pool, feed, projection, token) = (pool.clone(), feed.clone(), Arc::clone(&projection), token.clone());
            tasks.spawn(async move {
                while !token.is_cancelled() {
                    if !take_a_step(&pool, &feed, &*projection, partition, 100).await {
                        tokio::time::sleep(Duration::from_millis(2)).await;
                    }
                }
            });
        }
        Self { stop: token.drop_guard(), tasks }
    }

    /// Ends it between two steps.
    pub(crate) async fn stop(self) {
        let Self { stop, tasks } = self;
        drop(stop);
        tasks.close();
        tasks.wait().await;
    }
}

/// Projects the next events of a partition, if there are any.
pub(crate) async fn take_a_step<P: Projection>(
    pool: &PgPool,
    feed: &Feed,
    projection: &P,
    partition: ProjectionPartition,
    limit: u32,
) -> bool {
    let from = checkpoint::read(pool, P::NAME, partition).await.unwrap();
    let mut events = feed.after(from, limit).await.unwrap();
    let Some(to) = events.last().map(|last| last.place) else { return false };
    events.retain(|event| ProjectionPartition::of(event.host) == partition);
    let mut connection = pool.acquire().await.unwrap();
    match apply(&mut connection, projection, Step { partition, from, to, events: &events }).await {
        // A rebuild was swapped in.
        Ok(()) | Err(ProjectionError::CheckpointMoved { .. }) => true,
        Err(error) => panic!("{error:?}"),
    }
}

/// Projects everything that is in the log up to `place`, with steps of so many events.
pub(crate) async fn catch_up<P: Projection>(pool: &PgPool, feed: &Feed, projection: &P, place: Place, limit: u32) {
    for partition in ProjectionPartition::all() {
        super::until("the projection has caught up", async || {
            while take_a_step(pool, feed, projection, partition, limit).await {}
            checkpoint::read(pool, P::NAME, partition).await.unwrap() >= place
        })
        .await;
    }
}
