//! Nodes: parts of Daybook that run until a test stops them.

use std::sync::Arc;

use daybook_messaging::{
    Nats,
    relay::{Relay, RelayMetrics},
    runner::{ProjectionMetrics, ProjectionRunner},
    streams::StreamOptions,
};
use daybook_projections::Projection;
use daybook_testkit::TestNats;
use prometheus::Registry;
use sqlx::PgPool;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::log::TestLog;

/// A part of Daybook that runs in a task.
pub(crate) struct Running<M> {
    pub(crate) metrics: M,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl<M> Running<M> {
    fn new(metrics: M, run: impl FnOnce(CancellationToken) -> JoinHandle<()>) -> Self {
        let cancel = CancellationToken::new();
        let task = run(cancel.clone());
        Self { metrics, cancel, task }
    }

    /// Stops it in order.
    pub(crate) async fn stop(self) {
        self.cancel.cancel();
        self.task.await.unwrap();
    }
}

pub(crate) async fn connect(nats: &TestNats) -> Nats {
    Nats::connect(&nats.service_url(), "test").await.unwrap()
}

pub(crate) async fn start_relay(log: &TestLog, nats: &TestNats) -> Running<RelayMetrics> {
    start_relay_locked_in(log.pool.clone(), log, nats).await
}

/// A relay that takes its lock in a database of its own, so that nothing keeps it from publishing beside another one.
pub(crate) async fn start_relay_locked_in(locks: PgPool, log: &TestLog, nats: &TestNats) -> Running<RelayMetrics> {
    let metrics = RelayMetrics::register(&Registry::new()).unwrap();
    let relay = Relay {
        nats: connect(nats).await,
        pool: locks,
        feed: log.feed(),
        wakeups: log.wakeups(),
        streams: StreamOptions::default(),
        metrics: metrics.clone(),
    };
    Running::new(metrics, |cancel| tokio::spawn(relay.run(cancel)))
}

pub(crate) async fn start_runner<P: Projection>(
    log: &TestLog,
    nats: &TestNats,
    projection: P,
) -> Running<ProjectionMetrics> {
    let metrics = ProjectionMetrics::register(&Registry::new()).unwrap();
    let runner = ProjectionRunner {
        projection: Arc::new(projection),
        pool: log.pool.clone(),
        feed: log.feed(),
        wakeups: log.wakeups(),
        nats: connect(nats).await,
        metrics: metrics.clone(),
    };
    Running::new(metrics, |cancel| tokio::spawn(runner.run(cancel)))
}
