//! What is in JetStream, as an operator and an analyst see it.

use async_nats::jetstream::{self, consumer::DeliverPolicy, consumer::pull::OrderedConfig};
use daybook_testkit::TestNats;
use futures::StreamExt as _;
use serde_json::Value;

use super::eventually;

/// A message of a stream.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its number in the stream.
    pub sequence: u64,
    /// Its subject.
    pub subject: String,
    /// The id of its event.
    pub event_id: String,
    /// The place of its event in the log.
    pub place: String,
    /// The CloudEvent.
    pub body: Value,
}

/// JetStream at one of these servers, which have the same log-in.
pub async fn jetstream(urls: &[String]) -> jetstream::Context {
    let servers: Vec<async_nats::ServerAddr> = urls.iter().map(|url| url.parse().unwrap()).collect();
    let (user, password) = (servers[0].username().unwrap().to_owned(), servers[0].password().unwrap().to_owned());
    let options = async_nats::ConnectOptions::new().user_and_password(user, password);
    jetstream::new(options.connect(servers).await.unwrap())
}

/// Everything in a stream once it holds so many messages, in the stream's order.
pub async fn messages(nats: &TestNats, stream: &str, count: usize) -> Vec<Message> {
    messages_in(&jetstream(&[nats.operator_url()]).await, stream, count).await
}

/// As [`messages`], wherever the stream is.
pub async fn messages_in(jetstream: &jetstream::Context, stream: &str, count: usize) -> Vec<Message> {
    let what = format!("{stream} holds {count} messages");
    let stream = eventually(&what, async || {
        let found = jetstream.get_stream(stream).await.ok()?;
        let held = usize::try_from(found.cached_info().state.messages).unwrap();
        assert!(held <= count, "{stream} holds {held} messages, more than the {count} events of the log");
        (held == count).then_some(found)
    })
    .await;
    let config = OrderedConfig { deliver_policy: DeliverPolicy::All, ..OrderedConfig::default() };
    // A cluster that has just lost a server may leave the first question unanswered.
    let consumer = eventually("there is a consumer", async || stream.create_consumer(config.clone()).await.ok()).await;
    let messages = consumer.messages().await.unwrap();
    messages.take(count).map(|message| read(&message.unwrap())).collect().await
}

/// A message as it came.
pub fn read(message: &jetstream::Message) -> Message {
    let header = |name: &str| message.headers.as_ref().unwrap().get(name).unwrap().to_string();
    Message {
        sequence: message.info().unwrap().stream_sequence,
        subject: message.subject.to_string(),
        event_id: header("Nats-Msg-Id"),
        place: header("Daybook-Position"),
        body: serde_json::from_slice(&message.payload).unwrap(),
    }
}
