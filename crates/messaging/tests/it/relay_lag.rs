//! What an operator sees of a relay that does not get on.

use daybook_testkit::{TestNats, TestPostgres};

use crate::support::{
    log::TestLog,
    nodes::start_relay,
    stream::{Operator, until_streams_reach},
    until,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lag_rises_while_a_transaction_that_was_left_open_holds_up_the_feed() {
    // A cluster of its own: the open transaction would hold up everybody else's feeds.
    let postgres = TestPostgres::start().await.unwrap();
    let log = TestLog::in_cluster(&postgres, "held_up").await;
    let nats = TestNats::start().await.unwrap();
    let relay = start_relay(&log, &nats).await;
    let operator = Operator::of(&nats).await;
    until("the relay publishes", async || relay.metrics.leader.get() == 1).await;

    let mut forgotten = log.pool.begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()").execute(&mut *forgotten).await.unwrap();
    log.append_new(3).await;
    until("the lag shows it", async || relay.metrics.lag.get() > 1.0).await;
    forgotten.rollback().await.unwrap();
    until_streams_reach(&operator, 3).await;
    until("the lag is gone", async || relay.metrics.lag.get() == 0.0).await;
    relay.stop().await;
}
