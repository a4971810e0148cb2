//! The process managers of a node: each runs on one node at a time.

use daybook_api::clock::Clock;
use daybook_event_store::CalendarStore;
use daybook_messaging::NodeLock;
use daybook_process_managers::HoldExpiry;
use daybook_projections::ReadModels;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::wiring::Group;

/// Starts the process managers.
pub fn start(pool: &PgPool, store: CalendarStore, clock: Clock, group: Group<'_>) {
    let (stop, tasks) = group;
    let expiry = HoldExpiry::new(store, ReadModels::new(pool.clone()), move || clock.now());
    tasks.spawn(one_at_a_time(pool.clone(), "hold expiry", stop.clone(), async move |stop| expiry.run(stop).await));
}

/// Runs something while this node holds its lock; another node takes over when this one is gone.
async fn one_at_a_time(
    pool: PgPool,
    name: &str,
    stop: CancellationToken,
    run: impl AsyncFn(&CancellationToken) + Send,
) {
    while let Some(lock) = NodeLock::acquire(&pool.connect_options(), name, &stop).await {
        lock.lost().run_until_cancelled(run(&stop)).await;
        lock.release().await;
    }
}
