//! What projections count.

use std::sync::{Arc, Mutex, PoisonError};

use daybook_projections::{PROJECTION_PARTITIONS, ProjectionPartition};
use prometheus::{Gauge, GaugeVec, IntCounter, IntCounterVec, Opts, Registry};
use tokio::time::Instant;

/// Counters of the projections that run in one process. Cloning shares them.
#[derive(Clone, Debug)]
pub struct ProjectionMetrics {
    lag: GaugeVec,
    projected: IntCounterVec,
    failures: IntCounterVec,
}

impl ProjectionMetrics {
    /// Registers the counters, once per registry.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counters = |name: &str, help: &str| IntCounterVec::new(Opts::new(name, help), &["projection"]);
        let metrics = Self {
            lag: GaugeVec::new(
                Opts::new(
                    "daybook_projection_lag_seconds",
                    "For how long the longest-waiting event of the partitions that this node runs waits",
                ),
                &["projection"],
            )?,
            projected: counters("daybook_projection_events_total", "Events projected")?,
            failures: counters("daybook_projection_failures_total", "Times that an event could not be projected")?,
        };
        registry.register(Box::new(metrics.lag.clone()))?;
        registry.register(Box::new(metrics.projected.clone()))?;
        registry.register(Box::new(metrics.failures.clone()))?;
        Ok(metrics)
    }

    /// How long the longest-waiting event of a projection is known to wait, in seconds.
    pub fn lag(&self, projection: &str) -> f64 {
        self.lag.with_label_values(&[projection]).get()
    }

    /// How many events of a projection this node has projected.
    pub fn projected(&self, projection: &str) -> u64 {
        self.projected.with_label_values(&[projection]).get()
    }

    /// How often an event of a projection could not be projected on this node.
    pub fn failures(&self, projection: &str) -> u64 {
        self.failures.with_label_values(&[projection]).get()
    }

    pub(super) fn of(&self, projection: &str) -> ProjectionWatch {
        ProjectionWatch {
            lag: self.lag.with_label_values(&[projection]),
            projected: self.projected.with_label_values(&[projection]),
            failures: self.failures.with_label_values(&[projection]),
            waiting: Arc::default(),
        }
    }
}

/// Since when an event waits, per partition.
type Waiting = Arc<Mutex<[Option<Instant>; PROJECTION_PARTITIONS as usize]>>;

/// The counters of one projection.
#[derive(Clone, Debug)]
pub(super) struct ProjectionWatch {
    lag: Gauge,
    projected: IntCounter,
    failures: IntCounter,
    waiting: Waiting,
}

impl ProjectionWatch {
    pub(super) fn partition(&self, partition: ProjectionPartition) -> PartitionWatch {
        PartitionWatch {
            projected: self.projected.clone(),
            failures: self.failures.clone(),
            waiting: Arc::clone(&self.waiting),
            index: usize::from(partition.number()),
        }
    }

    pub(super) fn show_lag(&self) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let longest = waiting.iter().flatten().map(Instant::elapsed).max();
        self.lag.set(longest.unwrap_or_default().as_secs_f64());
    }
}

/// The counters of one partition.
#[derive(Clone, Debug)]
pub(super) struct PartitionWatch {
    projected: IntCounter,
    failures: IntCounter,
    waiting: Waiting,
    index: usize,
}

impl PartitionWatch {
    /// Events are known that are not projected yet.
    pub(super) fn behind(&self) {
        self.set(|since| *since = since.or_else(|| Some(Instant::now())));
    }

    /// Every event that is known is projected.
    pub(super) fn level(&self) {
        self.set(|since| *since = None);
    }

    pub(super) fn projected(&self, events: usize) {
        self.projected.inc_by(events as u64);
    }

    pub(super) fn failed(&self) {
        self.failures.inc();
    }

    fn set(&self, change: impl FnOnce(&mut Option<Instant>)) {
        change(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner)[self.index]);
    }
}
