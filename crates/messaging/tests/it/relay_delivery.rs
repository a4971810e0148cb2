//! Every event reaches the streams exactly once and in commit order (E4).

use daybook_messaging::streams;

use crate::support::{scene::Scene, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_arrives_once_and_in_commit_order_whatever_the_writers_do() {
    let scene = Scene::set().await;
    let relay = scene.relay().await;
    scene.log.append_concurrently(8, 40).await;
    scene.assert_streams_equal_the_log().await;
    assert_eq!(relay.metrics.published(streams::EVENTS_STREAM), 320);
    assert_eq!(relay.metrics.leader.get(), 1);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_appended_while_no_relay_ran_is_published_by_the_next_one() {
    let scene = Scene::set().await;
    scene.log.append_concurrently(4, 10).await;
    let relay = scene.relay().await;
    scene.assert_streams_equal_the_log().await;
    relay.stop().await;
    scene.log.append_concurrently(4, 10).await;
    let relay = scene.relay().await;
    scene.assert_streams_equal_the_log().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_repeated_when_nats_is_killed_again_and_again() {
    let mut scene = Scene::set().await;
    let relay = scene.relay().await;
    for _ in 0..4 {
        let operator = &scene.operator;
        let published = scene.log.all().await.len() as u64;
        let writing = scene.log.append_concurrently(6, 20);
        // In the middle of it: some of this round is published and some is not.
        let killing = async {
            until("some of it is published", async || {
                operator.last_sequence("DAYBOOK").await.is_some_and(|reached| reached > published)
            })
            .await;
            scene.nats.kill_9().await.unwrap();
            scene.nats.restart().await.unwrap();
        };
        tokio::join!(writing, killing);
    }
    scene.assert_streams_equal_the_log().await;
    relay.stop().await;
}
