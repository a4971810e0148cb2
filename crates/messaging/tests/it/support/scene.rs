//! A log and a NATS server, and what runs between them.

use daybook_domain::ids::HostId;
use daybook_messaging::{relay::RelayMetrics, runner::ProjectionMetrics};
use daybook_projections::ProjectionPartition;
use daybook_testkit::TestNats;

use super::{
    counting::{Counting, assert_each_event_counted_once, until_level},
    log::TestLog,
    nodes::{Running, start_relay, start_runner},
    stream::{Operator, assert_streams_hold, until_streams_reach},
    until,
};

/// A log, a NATS server and somebody who looks at it.
pub(crate) struct Scene {
    pub(crate) log: TestLog,
    pub(crate) nats: TestNats,
    pub(crate) operator: Operator,
}

impl Scene {
    pub(crate) async fn set() -> Self {
        let (log, nats) = (TestLog::create().await, TestNats::start().await.unwrap());
        let operator = Operator::of(&nats).await;
        Self { log, nats, operator }
    }

    /// With the tables of the counting read model.
    pub(crate) async fn set_for_counting() -> Self {
        let scene = Self::set().await;
        Counting::prepare(&scene.log.pool).await;
        scene
    }

    pub(crate) async fn relay(&self) -> Running<RelayMetrics> {
        start_relay(&self.log, &self.nats).await
    }

    pub(crate) async fn runner(&self) -> Running<ProjectionMetrics> {
        start_runner(&self.log, &self.nats, Counting).await
    }

    /// Waits until both streams are level with the log, and compares them.
    pub(crate) async fn assert_streams_equal_the_log(&self) {
        let events = self.log.all().await;
        until_streams_reach(&self.operator, events.len() as u64).await;
        assert_streams_hold(&self.operator, &events, 1).await;
    }

    /// Waits until the read model is level with the log, and compares them.
    pub(crate) async fn assert_read_model_equals_the_log(&self) {
        until_level(&self.log.pool).await;
        assert_each_event_counted_once(&self.log.pool).await;
    }

    /// Waits until every partition has a reading of the stream.
    pub(crate) async fn until_the_stream_is_read(&self) {
        let partitions = ProjectionPartition::all().len();
        until("the stream is read", async || {
            self.operator.info("DAYBOOK").await.is_some_and(|info| info.state.consumer_count >= partitions)
        })
        .await;
    }

    /// Lets the projection refuse a host's events, or panic at them.
    pub(crate) async fn hold_up(&self, table: &str, host: HostId) {
        let insert = format!("INSERT INTO read_models.{table} VALUES ($1)");
        sqlx::query(&insert).bind(host.0).execute(&self.log.pool).await.unwrap();
    }

    /// Ends that.
    pub(crate) async fn let_go(&self, table: &str) {
        sqlx::raw_sql(&format!("TRUNCATE read_models.{table}")).execute(&self.log.pool).await.unwrap();
    }
}
