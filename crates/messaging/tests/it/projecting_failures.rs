//! An event that cannot be projected holds up its partition, and no other, and is never left out.

use daybook_domain::ids::HostId;
use daybook_projections::{Projection as _, ProjectionPartition};
use uuid::Uuid;

use crate::support::{
    counting::{Counting, counted},
    scene::Scene,
    until,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_cannot_be_projected_stops_its_partition_only() {
    let scene = Scene::set_for_counting().await;
    let (relay, runner) = (scene.relay().await, scene.runner().await);
    let stopped = scene.log.append_new(2).await;
    scene.assert_read_model_equals_the_log().await;

    scene.hold_up("refused", stopped).await;
    scene.log.append_more(stopped, 3, 2).await;
    until("it was tried", async || runner.metrics.failures(Counting::NAME) >= 1).await;
    let (mut same, mut others) = (0, 0);
    while same < 2 || others < 10 {
        let host = scene.log.append_new(2).await;
        if ProjectionPartition::of(host) == ProjectionPartition::of(stopped) { same += 1 } else { others += 1 }
    }
    until("the other partitions are level", async || counted(&scene.log.pool).await == 2 + 2 * others).await;
    until("the lag shows it", async || runner.metrics.lag(Counting::NAME) > 1.0).await;
    until("it was tried again and again", async || runner.metrics.failures(Counting::NAME) >= 3).await;
    assert_eq!(counted(&scene.log.pool).await, 2 + 2 * others, "an event was left out");

    scene.let_go("refused").await;
    scene.assert_read_model_equals_the_log().await;
    until("the lag is gone", async || runner.metrics.lag(Counting::NAME) == 0.0).await;
    runner.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_before_the_event_at_fault_is_projected() {
    let scene = Scene::set_for_counting().await;
    let first = scene.log.append_new(5).await;
    let stopped = loop {
        let host = HostId(Uuid::now_v7());
        if ProjectionPartition::of(host) == ProjectionPartition::of(first) {
            break host;
        }
    };
    scene.hold_up("refused", stopped).await;
    scene.log.append_more(stopped, 1, 1).await;
    // All six are one batch.
    let runner = scene.runner().await;
    until("the five before it are there", async || counted(&scene.log.pool).await == 5).await;
    until("it was tried", async || runner.metrics.failures(Counting::NAME) >= 1).await;
    scene.let_go("refused").await;
    scene.assert_read_model_equals_the_log().await;
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projection_that_panics_is_run_again() {
    let scene = Scene::set_for_counting().await;
    let runner = scene.runner().await;
    let host = HostId(Uuid::now_v7());
    scene.hold_up("panicking", host).await;
    scene.log.append_more(host, 1, 2).await;
    until("it panicked", async || runner.metrics.failures(Counting::NAME) >= 1).await;
    scene.let_go("panicking").await;
    scene.assert_read_model_equals_the_log().await;
    runner.stop().await;
}
