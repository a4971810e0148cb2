//! What one side did in one turn.

use std::time::{Duration, Instant};

use anyhow::Result;
use hdrhistogram::Histogram;
use tokio::task::JoinSet;

/// How finely throughput is followed.
pub const SLOT: Duration = Duration::from_millis(250);

/// What one side did in one turn.
pub struct Turn {
    /// How many operations ended.
    pub operations: u64,
    /// Their latencies in nanoseconds, or those of a sample.
    pub latencies: Histogram<u64>,
    /// Operations that ended in each [`SLOT`]; none if that is not known.
    pub completed: Vec<u64>,
    /// How long the turn took.
    pub took: Duration,
}

impl Turn {
    /// Operations per second.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub fn rate(&self) -> f64 {
        self.operations as f64 / self.took.as_secs_f64()
    }
}

/// An empty histogram of latencies in nanoseconds, up to a minute.
pub fn latencies() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("the bounds are in order")
}

/// Records the operations of a turn; many workers have one each.
pub struct Recorder {
    begun: Instant,
    latencies: Histogram<u64>,
    completed: Vec<u64>,
}

impl Recorder {
    /// Of a turn that began then.
    pub fn new(begun: Instant) -> Self {
        Self { begun, latencies: latencies(), completed: Vec::new() }
    }

    /// An operation that ends now and was, or should have been, begun then.
    pub fn record(&mut self, begun: Instant) {
        let now = Instant::now();
        let nanos = u64::try_from((now - begun).as_nanos()).unwrap_or(u64::MAX);
        self.latencies.saturating_record(nanos.max(1));
        let slot = usize::try_from((now - self.begun).as_nanos() / SLOT.as_nanos()).unwrap_or(usize::MAX);
        if self.completed.len() <= slot {
            self.completed.resize(slot + 1, 0);
        }
        self.completed[slot] += 1;
    }

    /// Waits for the workers of a turn that began then; all that they did.
    pub async fn gather(begun: Instant, mut workers: JoinSet<Result<Self>>) -> Result<Turn> {
        let mut all = Self::new(begun);
        while let Some(done) = workers.join_next().await {
            all.add(&done??);
        }
        Ok(all.end())
    }

    fn add(&mut self, other: &Self) {
        self.latencies.add(&other.latencies).expect("the same bounds");
        if self.completed.len() < other.completed.len() {
            self.completed.resize(other.completed.len(), 0);
        }
        for (sum, more) in self.completed.iter_mut().zip(&other.completed) {
            *sum += more;
        }
    }

    /// Ends the turn.
    pub fn end(self) -> Turn {
        let took = self.begun.elapsed();
        Turn { operations: self.latencies.len(), latencies: self.latencies, completed: self.completed, took }
    }
}
