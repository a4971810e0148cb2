//! One node publishes, and another takes over when it falls.

use daybook_messaging::streams;
use daybook_testkit::TestDatabase;

use crate::support::{nodes::start_relay_locked_in, scene::Scene, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_relay_takes_over_when_the_session_of_the_first_is_killed() {
    let scene = Scene::set().await;
    let relays = [scene.relay().await, scene.relay().await];
    let leaders = || relays.iter().map(|relay| relay.metrics.leader.get()).sum::<i64>();
    for _ in 0..3 {
        until("one relay publishes", async || leaders() == 1).await;
        scene.log.append_concurrently(4, 5).await;
        // The one that publishes may be deposed and not know it yet, while the other has not taken over.
        until("a session is killed", async || scene.log.kill_holders_of("relay").await >= 1).await;
        scene.log.append_concurrently(4, 5).await;
        scene.assert_streams_equal_the_log().await;
    }
    for relay in relays {
        relay.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_relay_takes_over_when_the_first_stops() {
    let scene = Scene::set().await;
    let (first, second) = (scene.relay().await, scene.relay().await);
    scene.log.append_concurrently(4, 5).await;
    scene.assert_streams_equal_the_log().await;
    first.stop().await;
    until("the second publishes", async || second.metrics.leader.get() == 1).await;
    scene.log.append_concurrently(4, 5).await;
    scene.assert_streams_equal_the_log().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_relays_that_race_leave_the_streams_dense() {
    let scene = Scene::set().await;
    let elsewhere = [TestDatabase::create().await.unwrap(), TestDatabase::create().await.unwrap()];
    let mut relays = Vec::new();
    for database in &elsewhere {
        relays.push(start_relay_locked_in(database.pool(), &scene.log, &scene.nats).await);
    }
    for _ in 0..5 {
        scene.log.append_concurrently(8, 10).await;
        scene.assert_streams_equal_the_log().await;
    }
    // Both did try.
    let disturbed = |at: usize| relays[at].metrics.disturbances(streams::EVENTS_STREAM);
    until("one was fenced out", async || disturbed(0) + disturbed(1) > 0).await;
    for relay in relays {
        relay.stop().await;
    }
}
