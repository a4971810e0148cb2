//! Whether this node does its work (O1): for load balancers, for alerts, and for whoever looks.

pub mod detailed;
pub mod live;
mod probe;
pub mod ready;
pub mod summary;
pub mod watch;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use probe::Finding;
pub use probe::Probe;

/// How long findings are believed: whoever asks, and however often, the parts are asked once in this time.
const FRESH: Duration = Duration::from_millis(500);
/// A part that is further behind than this makes the node degraded, in seconds.
const TOLERABLE_LAG: f64 = 10.0;

/// Knows how the parts are that this node depends on.
#[derive(Debug)]
pub struct Health {
    probes: Vec<Probe>,
    stopping: CancellationToken,
    started: Instant,
    last: Mutex<Option<(Instant, Findings)>>,
}

/// What the probes found.
type Findings = Arc<[Finding]>;

/// How a node, or a part of it, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// All is well.
    Healthy,
    /// Bookings are made, but something else does not work, or is late.
    Degraded,
    /// No booking could be made.
    Unhealthy,
}

impl Health {
    /// Looks at the parts by these probes. Once `stopping` is cancelled, the node is not ready any more.
    pub fn new(probes: Vec<Probe>, stopping: CancellationToken) -> Self {
        Self { probes, stopping, started: Instant::now(), last: Mutex::new(None) }
    }

    async fn findings(&self) -> Findings {
        // Held while asking, so that those who come meanwhile share the answers.
        let mut last = self.last.lock().await;
        if let Some((at, findings)) = &*last
            && at.elapsed() < FRESH
        {
            return findings.clone();
        }
        let findings: Findings = join_all(self.probes.iter().map(Probe::ask)).await.into();
        *last = Some((Instant::now(), findings.clone()));
        findings
    }
}

impl Finding {
    const fn condition(&self) -> Condition {
        match (self.latency, self.needed_to_book) {
            (Some(_), _) => Condition::Healthy,
            (None, false) => Condition::Degraded,
            (None, true) => Condition::Unhealthy,
        }
    }
}

/// How the worst of them is.
fn condition(findings: &[Finding], lags: impl Iterator<Item = (&'static str, f64)>) -> Condition {
    let late = |(_, seconds)| if seconds > TOLERABLE_LAG { Condition::Degraded } else { Condition::Healthy };
    findings.iter().map(Finding::condition).chain(lags.map(late)).max().unwrap_or(Condition::Healthy)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    async fn condition_with(probes: Vec<Probe>) -> Condition {
        condition(&Health::new(probes, CancellationToken::new()).findings().await, std::iter::empty())
    }

    #[tokio::test]
    async fn the_worst_part_decides() {
        let probes = |database_is_up, nats_is_up| {
            let answer = |up: bool| move || std::future::ready(if up { Ok(()) } else { Err("down") });
            vec![Probe::essential("database", answer(database_is_up)), Probe::supporting("nats", answer(nats_is_up))]
        };
        assert_eq!(condition_with(vec![]).await, Condition::Healthy);
        assert_eq!(condition_with(probes(true, true)).await, Condition::Healthy);
        assert_eq!(condition_with(probes(true, false)).await, Condition::Degraded);
        assert_eq!(condition_with(probes(false, true)).await, Condition::Unhealthy);
    }

    #[test]
    fn a_part_that_is_late_degrades_the_node() {
        assert_eq!(condition(&[], [("relay", 9.0)].into_iter()), Condition::Healthy);
        assert_eq!(condition(&[], [("relay", 0.1), ("bookings", 11.0)].into_iter()), Condition::Degraded);
    }

    #[tokio::test]
    async fn a_part_that_never_answers_is_down() {
        let mut silent = Probe::essential("database", std::future::pending::<Result<(), std::io::Error>>);
        silent.patience = Duration::ZERO;
        assert_eq!(condition_with(vec![silent]).await, Condition::Unhealthy);
    }

    #[tokio::test]
    async fn many_who_ask_cause_one_question() {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = asked.clone();
        let probe = Probe::essential("database", move || {
            counter.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Ok::<_, std::io::Error>(()))
        });
        let health = Health::new(vec![probe], CancellationToken::new());
        join_all((0..50).map(|_| health.findings())).await;
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
