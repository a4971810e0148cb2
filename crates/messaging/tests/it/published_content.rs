//! What stands in the streams: everything in one, nothing about persons in the other (SPEC §3, E9).

use std::time::Duration;

use async_nats::jetstream;
use daybook_event_store::cloud_event;
use futures::StreamExt as _;

use crate::support::{engine::Engine, scene::Scene, stream::password};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booking_is_published_sealed_to_the_one_and_without_its_guest_to_the_other() {
    let scene = Scene::set().await;
    let relay = scene.relay().await;
    let engine = Engine::start(&scene.log).await;
    let (host, booking) = (engine.host, engine.book().await);
    scene.assert_streams_equal_the_log().await;

    let events = scene.operator.messages("DAYBOOK").await;
    let request = events.iter().find(|message| message.subject.ends_with(".BookingRequested")).unwrap();
    let partition = daybook_projections::partition_of(host);
    assert_eq!(request.subject, format!("daybook.events.{partition}.{host}.BookingRequested"));
    assert_eq!(request.body["type"], "daybook.BookingRequested.v1");
    assert_eq!(request.body["subject"], booking.to_string());
    assert_eq!(request.body["sequence"], request.logged.place.to_string());
    assert_eq!(request.body["data"]["version"], 3);
    assert_eq!(request.body["data"]["actor"], "guest");
    assert!(request.body["data"]["guest"]["sealed"].is_string());

    let analysed = scene.operator.messages("DAYBOOK_ANALYTICS").await;
    let request = analysed.iter().find(|message| message.subject == "daybook.analytics.BookingRequested").unwrap();
    assert_eq!(request.body["subject"], booking.to_string());
    assert_eq!(request.body["data"].get("guest"), None);
    assert_eq!(request.body["data"]["start"], "2027-01-12T09:00:00Z");
    for message in analysed.iter().chain(&events) {
        let text = message.body.to_string();
        assert!(!text.contains("Ada") && !text.contains("ada@"), "{text}");
    }
    for message in &analysed {
        let text = message.body.to_string();
        assert!(!text.contains("sealed") && !text.contains("guest:"), "{text}");
    }
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_published_reads_back_as_it_stands_in_the_log() {
    let scene = Scene::set().await;
    let relay = scene.relay().await;
    Engine::start(&scene.log).await.book().await;
    scene.assert_streams_equal_the_log().await;
    let recorded = scene.log.recorded_after(0).await;
    for (message, event) in scene.operator.messages("DAYBOOK").await.iter().zip(&recorded) {
        let read = cloud_event::decode(&message.bytes).unwrap();
        assert_eq!(read.payload.get(), event.payload.get());
        assert_eq!(read.decode().unwrap(), event.decode().unwrap());
        assert_eq!((read.id, read.host, read.version), (event.id, event.host, event.version));
        assert_eq!((read.place, read.recorded_at), (event.place, event.recorded_at));
        assert_eq!(read.metadata(), event.metadata());
    }
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_analytics_user_reads_its_stream_and_no_other() {
    let scene = Scene::set().await;
    let relay = scene.relay().await;
    Engine::start(&scene.log).await.book().await;
    scene.assert_streams_equal_the_log().await;
    let client = async_nats::ConnectOptions::new()
        .user_and_password("analytics".into(), password(&scene.nats.analytics_url()))
        .connect(format!("nats://127.0.0.1:{}", scene.nats.port()))
        .await
        .unwrap();
    let mut analytics = jetstream::new(client);
    let stream = analytics.get_stream("DAYBOOK_ANALYTICS").await.unwrap();
    let consumer = stream.create_consumer(jetstream::consumer::pull::OrderedConfig::default()).await.unwrap();
    let count = scene.log.all().await.len();
    let read: Vec<_> = consumer.messages().await.unwrap().take(count).collect().await;
    assert!(read.iter().all(Result::is_ok));

    // A request that is not allowed is not answered.
    analytics.set_timeout(Duration::from_millis(300));
    assert!(analytics.get_stream("DAYBOOK").await.is_err());
    assert!(analytics.publish("daybook.analytics.Nonsense", "{}".into()).await.unwrap().await.is_err());
    assert_eq!(scene.operator.last_sequence("DAYBOOK_ANALYTICS").await, Some(count as u64));
    relay.stop().await;
}
