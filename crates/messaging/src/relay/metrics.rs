//! What the relay counts.

use prometheus::{Gauge, IntCounter, IntCounterVec, IntGauge, Opts, Registry};

use crate::streams::StreamKind;

/// Counters of the relay of one process. Cloning shares them.
#[derive(Clone, Debug)]
pub struct RelayMetrics {
    /// For how long the longest-waiting event is known to wait for being published, in seconds. Every node with a relay
    /// measures it, whether or not it is the one that publishes: so it rises also where none does.
    pub lag: Gauge,
    /// About how many events wait: places in the log between what is published and its end, some of which may be empty.
    pub lag_events: IntGauge,
    /// Whether this node is the one that publishes: 1 or 0.
    pub leader: IntGauge,
    published: IntCounterVec,
    disturbances: IntCounterVec,
}

/// The counters of one stream.
#[derive(Clone, Debug)]
pub(super) struct OutletMetrics {
    pub(super) published: IntCounter,
    pub(super) disturbances: IntCounter,
}

impl RelayMetrics {
    /// Registers the counters, once per registry.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            lag: Gauge::new(
                "daybook_relay_lag_seconds",
                "For how long the longest-waiting event waits for being published",
            )?,
            lag_events: IntGauge::new("daybook_relay_lag_events", "About how many events wait for being published")?,
            leader: IntGauge::new("daybook_relay_leader", "1 on the node that publishes")?,
            published: IntCounterVec::new(
                Opts::new("daybook_relay_published_total", "Events published, by stream"),
                &["stream"],
            )?,
            disturbances: IntCounterVec::new(
                Opts::new("daybook_relay_disturbances_total", "Times that publishing had to begin again, by stream"),
                &["stream"],
            )?,
        };
        registry.register(Box::new(metrics.lag.clone()))?;
        registry.register(Box::new(metrics.lag_events.clone()))?;
        registry.register(Box::new(metrics.leader.clone()))?;
        registry.register(Box::new(metrics.published.clone()))?;
        registry.register(Box::new(metrics.disturbances.clone()))?;
        for kind in StreamKind::ALL {
            metrics.of(kind);
        }
        Ok(metrics)
    }

    /// How many events this node has published to a stream.
    pub fn published(&self, stream: &str) -> u64 {
        self.published.with_label_values(&[stream]).get()
    }

    /// How often publishing to a stream had to begin again on this node.
    pub fn disturbances(&self, stream: &str) -> u64 {
        self.disturbances.with_label_values(&[stream]).get()
    }

    pub(super) fn of(&self, kind: StreamKind) -> OutletMetrics {
        OutletMetrics {
            published: self.published.with_label_values(&[kind.name()]),
            disturbances: self.disturbances.with_label_values(&[kind.name()]),
        }
    }
}
