//! Whether this node can be booked at, and how the parts are that it depends on.

use std::time::Duration;

use prometheus::{Gauge, GaugeVec, IntGaugeVec, Opts, Registry};

/// The health as gauges: as of its last look, which it takes every few seconds.
pub(crate) struct PartsMetrics {
    /// Without a member where a node takes no bookings by its role: that is no reason for an alert.
    ready: IntGaugeVec,
    up: IntGaugeVec,
    latency: GaugeVec,
}

impl PartsMetrics {
    pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let part = ["dependency"];
        let ready = Opts::new("daybook_ready", "1 if a booking could be made on this node");
        let up = Opts::new("daybook_dependency_up", "1 if a part that this node depends on answers");
        let latency =
            Opts::new("daybook_dependency_latency_seconds", "How long it took to answer the last time it did");
        let metrics = Self {
            ready: IntGaugeVec::new(ready, &[])?,
            up: IntGaugeVec::new(up, &part)?,
            latency: GaugeVec::new(latency, &part)?,
        };
        registry.register(Box::new(metrics.ready.clone()))?;
        registry.register(Box::new(metrics.up.clone()))?;
        registry.register(Box::new(metrics.latency.clone()))?;
        Ok(metrics)
    }

    pub(crate) fn show_ready(&self, ready: bool) {
        self.ready.with_label_values::<&str>(&[]).set(ready.into());
    }

    /// `latency` is none where it did not answer.
    pub(crate) fn show_part(&self, name: &str, latency: Option<Duration>) {
        self.up.with_label_values(&[name]).set(latency.is_some().into());
        let shown: Gauge = self.latency.with_label_values(&[name]);
        if let Some(latency) = latency {
            shown.set(latency.as_secs_f64());
        }
    }
}
