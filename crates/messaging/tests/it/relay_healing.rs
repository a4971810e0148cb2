//! Streams that lost something are filled again from the log, and goes on where it was.

use daybook_messaging::streams;

use crate::support::{
    log::TestLog,
    nodes::start_relay,
    scene::Scene,
    store::Store,
    stream::{assert_streams_hold, until_streams_reach},
    until,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_wiped_while_the_relay_ran_is_filled_again() {
    let mut scene = Scene::set().await;
    let relay = scene.relay().await;
    scene.log.append_concurrently(4, 20).await;
    scene.assert_streams_equal_the_log().await;
    scene.nats.wipe_store().await.unwrap();
    scene.nats.restart().await.unwrap();
    // Without waiting for another event.
    scene.assert_streams_equal_the_log().await;
    scene.log.append_concurrently(4, 5).await;
    scene.assert_streams_equal_the_log().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_wiped_while_no_relay_ran_is_filled_again() {
    let mut scene = Scene::set().await;
    let relay = scene.relay().await;
    scene.log.append_concurrently(4, 20).await;
    scene.assert_streams_equal_the_log().await;
    relay.stop().await;
    scene.nats.wipe_store().await.unwrap();
    scene.nats.restart().await.unwrap();
    scene.log.append_concurrently(4, 5).await;
    let relay = scene.relay().await;
    scene.assert_streams_equal_the_log().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_was_deleted_under_the_relay_is_filled_again() {
    let scene = Scene::set().await;
    let relay = scene.relay().await;
    scene.log.append_concurrently(4, 20).await;
    scene.assert_streams_equal_the_log().await;
    for stream in ["DAYBOOK", "DAYBOOK_ANALYTICS"] {
        scene.operator.jetstream.delete_stream(stream).await.unwrap();
    }
    scene.assert_streams_equal_the_log().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_tail_is_published_again() {
    let mut scene = Scene::set().await;
    let relay = scene.relay().await;
    scene.log.append_concurrently(4, 5).await;
    scene.assert_streams_equal_the_log().await;
    // What is on the disk now is what a power cut leaves later.
    let store = Store::of(&scene.nats);
    scene.nats.stop().await.unwrap();
    store.save();
    scene.nats.restart().await.unwrap();
    scene.log.append_concurrently(4, 10).await;
    scene.assert_streams_equal_the_log().await;
    scene.nats.kill_9().await.unwrap();
    store.put_back();
    scene.nats.restart().await.unwrap();
    scene.assert_streams_equal_the_log().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_its_retention_has_emptied_goes_on_where_it_was() {
    let scene = Scene::set().await;
    let relay = scene.relay().await;
    scene.log.append_concurrently(4, 10).await;
    scene.assert_streams_equal_the_log().await;
    relay.stop().await;
    for saved in ["as it is", "behind", "missing"] {
        for stream in ["DAYBOOK", "DAYBOOK_ANALYTICS"] {
            scene.operator.let_everything_expire(stream).await;
        }
        match saved {
            "behind" => {
                // As it would be if the relay had died right after the tenth message.
                let tenth = scene.log.all().await[9].place;
                sqlx::query(
                    "UPDATE relay_places SET transaction_id = $1::text::xid8, position = $2, stream_sequence = 10",
                )
                .bind(tenth.transaction_id.to_string())
                .bind(tenth.position)
                .execute(&scene.log.owner)
                .await
                .unwrap();
            }
            "missing" => {
                sqlx::query("DELETE FROM relay_places").execute(&scene.log.owner).await.unwrap();
            }
            _ => {}
        }
        let published = scene.log.all().await.len();
        scene.log.append_concurrently(2, 5).await;
        let relay = scene.relay().await;
        let events = scene.log.all().await;
        until_streams_reach(&scene.operator, events.len() as u64).await;
        assert_streams_hold(&scene.operator, &events[published..], published as u64 + 1).await;
        relay.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_another_log_is_left_alone() {
    let scene = Scene::set().await;
    let relay = scene.relay().await;
    scene.log.append_concurrently(2, 5).await;
    scene.assert_streams_equal_the_log().await;
    relay.stop().await;

    let other = TestLog::create().await;
    other.append_concurrently(2, 20).await;
    let relay = start_relay(&other, &scene.nats).await;
    until("the relay gave up more than once", async || relay.metrics.disturbances(streams::EVENTS_STREAM) > 2).await;
    assert_eq!(relay.metrics.published(streams::EVENTS_STREAM), 0);
    scene.assert_streams_equal_the_log().await;
    until("the lag shows it", async || relay.metrics.lag.get() > 0.5).await;
    relay.stop().await;
}
