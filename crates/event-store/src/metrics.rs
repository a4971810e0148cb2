//! What the event store counts.

use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, Opts, Registry};

/// Counters of one process. Cloning shares them.
#[derive(Clone, Debug)]
pub struct EventStoreMetrics {
    /// Double bookings prevented, by the layer that did (B6). The event store counts the layer `constraint`; the layers
    /// above it count theirs here too.
    pub double_bookings_prevented: IntCounterVec,
    /// Look-ups in in-process caches, by cache and outcome. The event store counts the cache `calendar`.
    pub cache_operations: IntCounterVec,
    pub(crate) batch_streams: Histogram,
    pub(crate) append_seconds: Histogram,
    pub(crate) retries: AppendRetries,
    pub(crate) appended: IntCounter,
    pub(crate) conflicts: IntCounter,
    pub(crate) keys_taken: IntCounter,
    pub(crate) keys_gone: IntCounter,
    pub(crate) times_taken: IntCounter,
    pub(crate) prevented_by_constraint: IntCounter,
    pub(crate) refused: IntCounter,
    pub(crate) unavailable: IntCounter,
    pub(crate) unknown: IntCounter,
    pub(crate) calendar_hits: IntCounter,
    pub(crate) calendar_misses: IntCounter,
}

impl EventStoreMetrics {
    /// Registers the counters, once per registry.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counters.clone()))?;
            Ok::<_, prometheus::Error>(counters)
        };
        let batch_streams = Histogram::with_opts(
            HistogramOpts::new("daybook_append_batch_streams", "Streams written by one append statement")
                .buckets(vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0]),
        )?;
        registry.register(Box::new(batch_streams.clone()))?;
        let append_seconds = Histogram::with_opts(
            HistogramOpts::new("daybook_append_duration_seconds", "Time that PostgreSQL took for one append statement")
                .buckets(vec![0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 4.0]),
        )?;
        registry.register(Box::new(append_seconds.clone()))?;
        let double_bookings_prevented = counters(
            "daybook_double_booking_prevented_total",
            "Overlapping bookings refused, by the layer that refused them",
            &["layer"],
        )?;
        let cache_operations =
            counters("daybook_cache_operations_total", "Look-ups in in-process caches", &["cache", "outcome"])?;
        let appends = counters(
            "daybook_append_operations_total",
            "Appends, to one stream or to several together, by what became of them",
            &["outcome"],
        )?;
        let retries = counters("daybook_append_retries_total", "Appends that were tried again, by why", &["reason"])?;
        Ok(Self {
            batch_streams,
            append_seconds,
            retries: AppendRetries::of(&retries),
            appended: appends.with_label_values(&["appended"]),
            conflicts: appends.with_label_values(&["conflict"]),
            keys_taken: appends.with_label_values(&["idempotency_key_taken"]),
            keys_gone: appends.with_label_values(&["key_gone"]),
            refused: appends.with_label_values(&["refused"]),
            unavailable: appends.with_label_values(&["unavailable"]),
            unknown: appends.with_label_values(&["unknown"]),
            times_taken: appends.with_label_values(&["time_taken"]),
            prevented_by_constraint: double_bookings_prevented.with_label_values(&["constraint"]),
            calendar_hits: cache_operations.with_label_values(&["calendar", "hit"]),
            calendar_misses: cache_operations.with_label_values(&["calendar", "miss"]),
            double_bookings_prevented,
            cache_operations,
        })
    }
}

/// Appends that were tried again, by why.
#[derive(Clone, Debug)]
pub(crate) struct AppendRetries {
    /// Another node was faster: decided again from the newest state.
    pub(crate) lost_race: IntCounter,
    /// A command of the same statement or group was refused: each stands for itself.
    pub(crate) apart: IntCounter,
    /// Somebody held a stream locked, or there was a deadlock.
    pub(crate) blocked: IntCounter,
    /// The database could not be reached, or was not fit.
    pub(crate) unfit: IntCounter,
    /// The connection broke in the middle.
    pub(crate) connection_lost: IntCounter,
    /// A key that personal data is sealed with was gone.
    pub(crate) key_gone: IntCounter,
}

impl AppendRetries {
    fn of(retries: &IntCounterVec) -> Self {
        let reason = |reason| retries.with_label_values(&[reason]);
        Self {
            lost_race: reason("lost_race"),
            apart: reason("apart"),
            blocked: reason("blocked"),
            unfit: reason("unfit"),
            connection_lost: reason("connection_lost"),
            key_gone: reason("key_gone"),
        }
    }
}
