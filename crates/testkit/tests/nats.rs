//! A private NATS server: its users' rights, kills, and left-over servers.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up should fail")]

use std::time::Duration;

use async_nats::{
    Client, ConnectOptions, Event, ServerAddr,
    jetstream::{
        self, Context,
        consumer::{pull, push},
        stream,
    },
};
use daybook_testkit::{NatsOptions, PrivateNats, ScratchDirectory, TestNats};
use futures::StreamExt as _;
use tokio::{sync::mpsc, time::timeout};

const SOON: Duration = Duration::from_secs(10);

/// async-nats does not log in with what stands in the URL by itself.
fn log_in(url: &str) -> (ConnectOptions, ServerAddr) {
    let server: ServerAddr = url.parse().unwrap();
    let (user, password) = (server.username().unwrap().to_owned(), server.password().unwrap().to_owned());
    (ConnectOptions::with_user_and_password(user, password), server)
}

async fn connect(url: &str) -> Client {
    let (options, server) = log_in(url);
    options.connect(server).await.unwrap()
}

/// Both streams, each with one event.
async fn published(nats: &TestNats) -> Context {
    let context = jetstream::new(connect(&nats.service_url()).await);
    for (name, subject) in [("DAYBOOK", "daybook.events.>"), ("DAYBOOK_ANALYTICS", "daybook.analytics.>")] {
        let config = stream::Config { name: name.into(), subjects: vec![subject.into()], ..stream::Config::default() };
        context.create_stream(config).await.unwrap();
    }
    for subject in ["daybook.events.7.host.BookingRequested", "daybook.analytics.BookingRequested"] {
        context.publish(subject, "{}".into()).await.unwrap().await.unwrap();
    }
    context
}

/// The analytics user, and what the server refuses it.
async fn analyst(nats: &TestNats) -> (Client, mpsc::UnboundedReceiver<String>) {
    let (heard, refusals) = mpsc::unbounded_channel();
    let (options, server) = log_in(&nats.analytics_url());
    let client = options
        .event_callback(move |event| {
            let heard = heard.clone();
            async move {
                if let Event::ServerError(error) = event {
                    let _ = heard.send(error.to_string());
                }
            }
        })
        .connect(server)
        .await
        .unwrap();
    (client, refusals)
}

async fn refusal(refusals: &mut mpsc::UnboundedReceiver<String>) -> String {
    timeout(SOON, refusals.recv()).await.expect("the server refuses").unwrap().to_lowercase()
}

#[tokio::test]
async fn analytics_reads_its_own_stream() {
    let nats = TestNats::start().await.unwrap();
    published(&nats).await;
    let (client, _) = analyst(&nats).await;

    let stream = jetstream::new(client).get_stream("DAYBOOK_ANALYTICS").await.unwrap();
    let durable = pull::Config { durable_name: Some("warehouse".into()), ..pull::Config::default() };
    let mut messages = stream.create_consumer(durable).await.unwrap().messages().await.unwrap();
    let message = timeout(SOON, messages.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(message.subject.as_str(), "daybook.analytics.BookingRequested");
    message.double_ack().await.unwrap();

    let ordered = stream.create_consumer(pull::OrderedConfig::default()).await.unwrap();
    let mut messages = ordered.messages().await.unwrap();
    assert!(timeout(SOON, messages.next()).await.unwrap().unwrap().is_ok());
}

#[tokio::test]
async fn analytics_may_do_nothing_else() {
    let nats = TestNats::start().await.unwrap();
    let service = published(&nats).await;
    let (client, mut refusals) = analyst(&nats).await;

    for subject in [
        "daybook.events.7.host.BookingCancelled",
        "daybook.analytics.BookingCancelled",
        "$JS.API.STREAM.LIST",
        "$JS.API.STREAM.INFO.DAYBOOK",
        "$JS.API.STREAM.MSG.GET.DAYBOOK",
        "$JS.API.DIRECT.GET.DAYBOOK",
        "$JS.API.CONSUMER.CREATE.DAYBOOK",
        "$JS.API.CONSUMER.CREATE.DAYBOOK.spy.daybook.events.>",
        "$JS.API.CONSUMER.DURABLE.CREATE.DAYBOOK.spy",
        "$JS.API.CONSUMER.MSG.NEXT.DAYBOOK.projector",
        "$JS.API.CONSUMER.DELETE.DAYBOOK_ANALYTICS.warehouse",
        "$JS.API.STREAM.CREATE.SPY",
        "$JS.API.STREAM.UPDATE.DAYBOOK_ANALYTICS",
        "$JS.API.STREAM.PURGE.DAYBOOK_ANALYTICS",
        "$JS.API.STREAM.DELETE.DAYBOOK_ANALYTICS",
        "$JS.ACK.DAYBOOK.projector.1.1.1.1.1",
    ] {
        client.publish(subject, "{}".into()).await.unwrap();
        let refused = refusal(&mut refusals).await;
        assert!(refused.contains("publish") && refused.contains(&subject.to_lowercase()), "{subject}: {refused}");
    }
    for subject in ["daybook.>", "daybook.events.>", ">", "_DAYBOOK_INBOX.>", "$JS.EVENT.ADVISORY.>"] {
        let _subscription = client.subscribe(subject).await.unwrap();
        let refused = refusal(&mut refusals).await;
        assert!(refused.contains("subscription") && refused.contains(&subject.to_lowercase()), "{subject}: {refused}");
    }
    let mut stream = service.get_stream("DAYBOOK").await.unwrap();
    assert_eq!(stream.info().await.unwrap().state.messages, 1);
}

#[tokio::test]
async fn the_service_cannot_delete_what_it_published_but_the_operator_can() {
    let nats = TestNats::start().await.unwrap();
    let service = published(&nats).await;
    let operator = jetstream::new(connect(&nats.operator_url()).await);

    // A refused request is never answered.
    let mut service = service;
    service.set_timeout(Duration::from_millis(300));
    assert!(service.delete_stream("DAYBOOK").await.is_err());
    assert!(service.get_stream("DAYBOOK").await.unwrap().purge().await.is_err());
    assert!(service.get_stream("DAYBOOK").await.unwrap().delete_message(1).await.is_err());

    operator.get_stream("DAYBOOK").await.unwrap().purge().await.unwrap();
    operator.delete_stream("DAYBOOK").await.unwrap();
}

#[tokio::test]
async fn nobody_gets_in_without_a_password() {
    let nats = TestNats::start().await.unwrap();
    let anonymous = format!("nats://127.0.0.1:{}", nats.port());
    assert!(async_nats::connect(anonymous).await.is_err());
    let (wrong, server) = log_in(&format!("nats://service:guess@127.0.0.1:{}", nats.port()));
    assert!(wrong.connect(server).await.is_err());
}

#[tokio::test]
async fn acknowledged_messages_survive_kill_9_and_a_wiped_store_is_empty() {
    let mut nats = TestNats::start().await.unwrap();
    published(&nats).await;
    let url = nats.service_url();

    nats.kill_9().await.unwrap();
    nats.restart().await.unwrap();
    assert_eq!(nats.service_url(), url);
    let context = jetstream::new(connect(&url).await);
    assert_eq!(context.get_stream("DAYBOOK").await.unwrap().info().await.unwrap().state.messages, 1);

    nats.wipe_store().await.unwrap();
    nats.restart().await.unwrap();
    let context = jetstream::new(connect(&url).await);
    assert!(context.get_stream("DAYBOOK").await.is_err());
}

#[tokio::test]
async fn a_server_left_running_is_adopted() {
    let scratch = ScratchDirectory::make().unwrap();
    let options = NatsOptions::in_directory(scratch.path().join("with blanks"));
    let first = PrivateNats::start(options.clone()).await.unwrap();
    let (pid, port) = (first.pid(), first.port());
    first.leave_running();

    let adopted = PrivateNats::start(options.clone()).await.unwrap();
    assert!(adopted.was_adopted());
    assert_eq!((adopted.pid(), adopted.port()), (pid, port));
    drop(adopted);

    let fresh = PrivateNats::start(options).await.unwrap();
    assert!(!fresh.was_adopted());
}

/// The server itself delivers to the subject that a push consumer names, whatever its maker may publish to. It does so only
/// for a listener on exactly that subject, which a stream is not.
#[tokio::test]
async fn analytics_cannot_publish_by_way_of_a_push_consumer() {
    let nats = TestNats::start().await.unwrap();
    let service = published(&nats).await;
    let (client, _) = analyst(&nats).await;

    let stream = jetstream::new(client).get_stream("DAYBOOK_ANALYTICS").await.unwrap();
    let deliver_subject = "daybook.events.7.host.BookingCancelled".into();
    let config = push::Config { deliver_subject, ..push::Config::default() };
    let mut consumer = stream.create_consumer(config).await.unwrap();
    assert!(!consumer.info().await.unwrap().push_bound);
    let mut stream = service.get_stream("DAYBOOK").await.unwrap();
    assert_eq!(stream.info().await.unwrap().state.messages, 1);
}
