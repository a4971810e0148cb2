//! The streams themselves: their settings, and who may do what to them.

use daybook_messaging::{Nats, streams};
use daybook_testkit::TestNats;

use crate::support::{scene::Scene, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_somebody_changed_are_put_back() {
    let scene = Scene::set().await;
    let relay = scene.relay().await;
    scene.log.append_concurrently(1, 3).await;
    scene.assert_streams_equal_the_log().await;
    let mut config = scene.operator.info("DAYBOOK").await.unwrap().config;
    let wanted = config.clone();
    config.max_messages = 1;
    config.description = Some("mine".into());
    config.allow_direct = false;
    scene.operator.jetstream.update_stream(config).await.unwrap();
    until("the settings are back", async || scene.operator.info("DAYBOOK").await.unwrap().config == wanted).await;
    relay.stop().await;
}

#[tokio::test]
async fn the_service_cannot_delete_what_it_has_published() {
    let nats = TestNats::start().await.unwrap();
    let connection = Nats::connect(&nats.service_url(), "test").await.unwrap();
    streams::ensure_streams(&connection, streams::StreamOptions::default()).await.unwrap();
    let mut jetstream = async_nats::jetstream::new(connection.client().clone());
    jetstream.set_timeout(std::time::Duration::from_millis(200));
    for stream in [streams::EVENTS_STREAM, streams::ANALYTICS_STREAM] {
        assert!(jetstream.delete_stream(stream).await.is_err());
        assert!(jetstream.get_stream(stream).await.unwrap().purge().await.is_err());
    }
}
