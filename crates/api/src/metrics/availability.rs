//! Answers about availability, and whether this node had them ready (V8).

use std::time::Instant;

use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Registry};

use super::{CacheMetrics, counters};

/// Upper ends of the latencies told apart, in seconds; the service level is 0.2.
const SECONDS: [f64; 14] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0];

/// Answers about availability, by whether they were in the cache.
#[derive(Debug)]
pub struct AvailabilityMetrics {
    hit: Case,
    miss: Case,
    uncached: Case,
    cache: CacheMetrics,
}

#[derive(Debug)]
struct Case {
    requests: IntCounter,
    seconds: Histogram,
}

impl AvailabilityMetrics {
    pub(super) fn register(registry: &Registry, cache_operations: &IntCounterVec) -> Result<Self, prometheus::Error> {
        let requests =
            counters(registry, "daybook_availability_requests_total", "Answers about availability", &["cache"])?;
        let seconds = HistogramVec::new(
            HistogramOpts::new("daybook_availability_duration_seconds", "Time to answer about availability")
                .buckets(SECONDS.to_vec()),
            &["cache"],
        )?;
        registry.register(Box::new(seconds.clone()))?;
        let case = |label| Case {
            requests: requests.with_label_values(&[label]),
            seconds: seconds.with_label_values(&[label]),
        };
        let cache = CacheMetrics::of(cache_operations, "availability");
        Ok(Self { hit: case("hit"), miss: case("miss"), uncached: case("none"), cache })
    }

    /// Begins to measure an answer.
    pub fn begin(&self) -> Timed<'_> {
        Timed { metrics: self, begun: Instant::now() }
    }
}

/// An answer that is being made. One that fails is not counted here.
#[derive(Debug)]
pub struct Timed<'a> {
    metrics: &'a AvailabilityMetrics,
    begun: Instant,
}

impl Timed<'_> {
    /// The answer lay ready.
    pub fn hit(self) {
        self.metrics.cache.hit.inc();
        self.count(&self.metrics.hit);
    }

    /// The answer had to be computed.
    pub fn miss(self) {
        self.metrics.cache.miss.inc();
        self.count(&self.metrics.miss);
    }

    /// Answers of this kind are always computed.
    pub fn uncached(self) {
        self.count(&self.metrics.uncached);
    }

    fn count(&self, case: &Case) {
        case.requests.inc();
        case.seconds.observe(self.begun.elapsed().as_secs_f64());
    }
}
