//! A process manager at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use daybook_process_managers::HoldExpiry;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::until;
use super::world::World;

/// The expiry of holds, running until it is stopped or dropped.
pub(crate) struct Manager {
    stop: CancellationToken,
    running: AbortOnDropHandle<()>,
    /// How often it has looked at the clock.
    looks: Arc<AtomicUsize>,
}

impl Manager {
    pub(crate) fn start(world: &World) -> Self {
        let (stop, looks) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
        let (clock, counted, stopped) = (world.clock.clone(), Arc::clone(&looks), stop.clone());
        let now = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            clock.now()
        };
        let expiry = HoldExpiry::new(world.store.clone(), world.read_models.clone(), now);
        let running = tokio::spawn(async move { expiry.run(&stopped).await });
        Self { stop, running: AbortOnDropHandle::new(running), looks }
    }

    /// Waits until it has gone through the holds once more, of which so many seem to be due.
    pub(crate) async fn has_looked(&self, due: usize) {
        // In each round it looks at the clock once at the beginning, once for each of them, and perhaps once at the end. One
        // round may be under way.
        let enough = self.looks.load(Ordering::SeqCst) + 2 * (due + 2);
        until("another round is over", async || self.looks.load(Ordering::SeqCst) > enough).await;
    }

    /// Stops it in order.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.ended().await.unwrap();
    }

    /// How it ended.
    pub(crate) async fn ended(self) -> Result<(), JoinError> {
        self.running.await
    }
}
