//! Guests who book, move and cancel, and hosts who look at it.

mod guest;
mod host;
mod request;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::task::JoinSet;

use crate::history::Recorder;
use crate::stage::Stage;
use guest::Guest;
use host::Onlooker;

/// How guests behave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    /// Guests at the same time.
    pub(crate) guests: u64,
    /// How long each thinks before the next request, at most.
    pub(crate) thinking: Duration,
    /// How long a guest leaves a request in doubt alone before asking again: longer than anything may be on its way.
    pub(crate) in_doubt: Duration,
}

/// Guests and hosts who go on until they are stopped.
pub(crate) struct Guests {
    running: JoinSet<()>,
    phase: Arc<Phase>,
}

/// How far the run has come.
#[derive(Debug, Default)]
pub(crate) struct Phase(AtomicU8, AtomicU64);

const LOAD: u8 = 0;
const PAUSE: u8 = 1;
const SETTLE: u8 = 2;

impl Phase {
    fn is_load(&self) -> bool {
        self.0.load(Ordering::SeqCst) == LOAD
    }

    fn is_settling(&self) -> bool {
        self.0.load(Ordering::SeqCst) == SETTLE
    }

    /// The number of the next operation.
    fn next_operation(&self) -> u64 {
        self.1.fetch_add(1, Ordering::SeqCst)
    }
}

impl Guests {
    /// Lets guests and hosts begin.
    pub(crate) fn begin(stage: &Stage, recorder: &Recorder, crowd: Crowd, seed: u64) -> Self {
        let (mut running, phase) = (JoinSet::new(), Arc::new(Phase::default()));
        for client in 0..crowd.guests {
            running.spawn(Guest::new(client, stage, recorder, crowd, &phase, seed).run());
        }
        for host in &stage.hosts {
            running.spawn(Onlooker::new(host, stage, recorder, &phase, seed).run());
        }
        Self { running, phase }
    }

    /// Asks for nothing new any more; waits a moment for the last answers.
    pub(crate) fn pause(&self) {
        self.phase.0.store(PAUSE, Ordering::SeqCst);
    }

    /// Clears up what is in doubt, and waits until that is done.
    pub(crate) async fn settle(mut self, limit: Duration) -> Result<()> {
        self.phase.0.store(SETTLE, Ordering::SeqCst);
        let all = async {
            while let Some(ended) = self.running.join_next().await {
                ended?;
            }
            Ok(())
        };
        match tokio::time::timeout(limit, all).await {
            Ok(settled) => settled,
            Err(_) => bail!("what is in doubt could not be cleared up in {limit:?}"),
        }
    }
}
