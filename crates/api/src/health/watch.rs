//! Looks at the parts every few seconds, for alerts: machines ask about them only where there is a load balancer.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{Condition, condition};
use crate::state::Api;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(5);

/// Shows the health as gauges until it is stopped; whether it is ready only if the node takes bookings at all.
pub async fn watch(api: Api, takes_bookings: bool, stop: CancellationToken) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(looks.tick()).await.is_some() {
        let findings = api.health.findings().await;
        for found in findings.iter() {
            api.metrics.parts.show_part(found.name, found.latency);
        }
        if !takes_bookings {
            continue;
        }
        let could_book = condition(&findings, std::iter::empty()) != Condition::Unhealthy;
        api.metrics.parts.show_ready(could_book && !api.health.stopping.is_cancelled());
    }
}
