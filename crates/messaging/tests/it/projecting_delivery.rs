//! Each event takes effect in a read model exactly once, whatever happens to the stream (E5).

use uuid::Uuid;

use crate::support::{counting::counted, scene::Scene, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_takes_effect_once_across_restarts() {
    let scene = Scene::set_for_counting().await;
    let relay = scene.relay().await;
    scene.log.append_concurrently(4, 10).await;
    for _ in 0..3 {
        let before = counted(&scene.log.pool).await;
        let runner = scene.runner().await;
        let writing = scene.log.append_concurrently(8, 10);
        // Stopped in the middle of it.
        let stopping = async {
            until("some of it is projected", async || counted(&scene.log.pool).await > before).await;
            runner.stop().await;
        };
        tokio::join!(writing, stopping);
    }
    let runner = scene.runner().await;
    scene.assert_read_model_equals_the_log().await;
    runner.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_filled_again_repeats_nothing() {
    let mut scene = Scene::set_for_counting().await;
    let (relay, runner) = (scene.relay().await, scene.runner().await);
    scene.log.append_concurrently(8, 10).await;
    scene.assert_read_model_equals_the_log().await;
    scene.nats.wipe_store().await.unwrap();
    let more = scene.log.append_new(3).await;
    scene.nats.restart().await.unwrap();
    scene.log.append_more(more, 4, 5).await;
    scene.log.append_concurrently(8, 5).await;
    scene.assert_read_model_equals_the_log().await;
    // And the stream is the fast way again.
    scene.until_the_stream_is_read().await;
    scene.log.append_concurrently(8, 5).await;
    scene.assert_read_model_equals_the_log().await;
    runner.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_models_are_kept_up_to_date_through_kills_of_nats() {
    let mut scene = Scene::set_for_counting().await;
    let (relay, runner) = (scene.relay().await, scene.runner().await);
    for _ in 0..3 {
        let before = counted(&scene.log.pool).await;
        let pool = scene.log.pool.clone();
        let writing = scene.log.append_concurrently(6, 20);
        let killing = async {
            until("some of it is projected", async || counted(&pool).await > before).await;
            scene.nats.kill_9().await.unwrap();
            scene.nats.restart().await.unwrap();
        };
        tokio::join!(writing, killing);
    }
    scene.assert_read_model_equals_the_log().await;
    runner.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_models_need_neither_nats_nor_a_relay() {
    let mut scene = Scene::set_for_counting().await;
    let runner = scene.runner().await;
    // No relay has ever run: there is not even a stream.
    scene.log.append_concurrently(4, 5).await;
    scene.assert_read_model_equals_the_log().await;
    scene.nats.kill_9().await.unwrap();
    scene.log.append_concurrently(4, 5).await;
    scene.assert_read_model_equals_the_log().await;
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_the_stream_leaves_out_come_from_the_log() {
    let scene = Scene::set_for_counting().await;
    let (relay, runner) = (scene.relay().await, scene.runner().await);
    let host = scene.log.append_new(3).await;
    scene.assert_read_model_equals_the_log().await;
    scene.until_the_stream_is_read().await;
    relay.stop().await;

    // A relay that leaves out every other event of a calendar.
    scene.log.append_more(host, 4, 6).await;
    for left_out in [true, false, true, false, true, false].into_iter().zip(scene.log.recorded_after(3).await) {
        if let (false, event) = left_out {
            scene.operator.publish(&event).await;
        }
    }
    scene.assert_read_model_equals_the_log().await;
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_somebody_else_is_stepped_over() {
    let scene = Scene::set_for_counting().await;
    let (relay, runner) = (scene.relay().await, scene.runner().await);
    scene.log.append_concurrently(4, 5).await;
    scene.assert_read_model_equals_the_log().await;
    scene.until_the_stream_is_read().await;
    for partition in 0..64 {
        let subject = format!("daybook.events.{partition}.{}.Nonsense", Uuid::now_v7());
        scene.operator.jetstream.publish(subject, "{}".into()).await.unwrap().await.unwrap();
    }
    scene.log.append_concurrently(8, 5).await;
    scene.assert_read_model_equals_the_log().await;
    let runner_of_later = scene.runner().await;
    runner.stop().await;
    scene.log.append_concurrently(8, 5).await;
    scene.assert_read_model_equals_the_log().await;
    runner_of_later.stop().await;
    relay.stop().await;
}
