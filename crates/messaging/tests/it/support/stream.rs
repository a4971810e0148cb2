//! Looking at streams, and harming them, as the operator.

use std::time::Duration;

use async_nats::jetstream::{
    self,
    consumer::{DeliverPolicy, pull::OrderedConfig},
    message::PublishMessage,
    stream::Info,
};
use daybook_event_store::RecordedEvent;
use daybook_projections::partition_of;
use daybook_testkit::TestNats;
use futures::StreamExt as _;

use super::log::Logged;

/// A message of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) sequence: u64,
    pub(crate) logged: Logged,
    pub(crate) subject: String,
    pub(crate) body: serde_json::Value,
    pub(crate) bytes: Vec<u8>,
}

/// Somebody who may do anything to the streams.
pub(crate) struct Operator {
    pub(crate) jetstream: jetstream::Context,
}

impl Operator {
    pub(crate) async fn of(nats: &TestNats) -> Self {
        let client = async_nats::ConnectOptions::new()
            .user_and_password("operator".into(), password(&nats.operator_url()))
            .connect(format!("nats://127.0.0.1:{}", nats.port()))
            .await
            .unwrap();
        Self { jetstream: jetstream::new(client) }
    }

    pub(crate) async fn info(&self, stream: &str) -> Option<Info> {
        Some(self.jetstream.get_stream(stream).await.ok()?.cached_info().clone())
    }

    /// The sequence of the last message; none if the stream does not exist or does not answer.
    pub(crate) async fn last_sequence(&self, stream: &str) -> Option<u64> {
        Some(self.info(stream).await?.state.last_sequence)
    }

    /// Everything in the stream, in its order.
    pub(crate) async fn messages(&self, stream: &str) -> Vec<Message> {
        let stream = self.jetstream.get_stream(stream).await.unwrap();
        let count = usize::try_from(stream.cached_info().state.messages).unwrap();
        let config = OrderedConfig { deliver_policy: DeliverPolicy::All, ..OrderedConfig::default() };
        let messages = stream.create_consumer(config).await.unwrap().messages().await.unwrap();
        messages.take(count).map(|message| read(&message.unwrap())).collect().await
    }

    /// Publishes an event as the relay would, though not where the relay would.
    pub(crate) async fn publish(&self, event: &RecordedEvent) {
        let subject = format!("daybook.events.{}.{}.{}", partition_of(event.host), event.host, event.event_type);
        let message = PublishMessage::build()
            .payload(daybook_event_store::cloud_event::encode(event).unwrap().into())
            .message_id(event.id.to_string())
            .header("Daybook-Position", event.place.to_string())
            .header("Daybook-Version", event.version.to_string());
        self.jetstream.send_publish(subject, message).await.unwrap().await.unwrap();
    }

    /// Lets every message of a stream grow too old, as seven quiet days would.
    pub(crate) async fn let_everything_expire(&self, stream: &str) {
        let mut config = self.info(stream).await.unwrap().config;
        config.max_age = Duration::from_millis(200);
        config.duplicate_window = Duration::from_millis(100);
        self.jetstream.update_stream(config).await.unwrap();
        super::until("the stream is empty", async || self.info(stream).await.is_some_and(|i| i.state.messages == 0))
            .await;
    }
}

fn read(message: &jetstream::Message) -> Message {
    let headers = message.headers.as_ref().unwrap();
    Message {
        sequence: message.info().unwrap().stream_sequence,
        logged: Logged {
            id: headers.get("Nats-Msg-Id").unwrap().to_string(),
            place: headers.get("Daybook-Position").unwrap().as_str().parse().unwrap(),
        },
        subject: message.subject.to_string(),
        body: serde_json::from_slice(&message.payload).unwrap(),
        bytes: message.payload.to_vec(),
    }
}

pub(crate) fn password(url: &str) -> String {
    url.split(['/', ':', '@']).nth(4).unwrap().to_owned()
}

/// Both streams hold exactly these events, in this order, numbered from `first` without a gap.
pub(crate) async fn assert_streams_hold(operator: &Operator, events: &[Logged], first: u64) {
    for stream in ["DAYBOOK", "DAYBOOK_ANALYTICS"] {
        let messages = operator.messages(stream).await;
        let sequences: Vec<u64> = messages.iter().map(|message| message.sequence).collect();
        let expected: Vec<u64> = (first..first + events.len() as u64).collect();
        assert_eq!(sequences, expected, "{stream} is not dense");
        let found: Vec<&Logged> = messages.iter().map(|message| &message.logged).collect();
        assert_eq!(found, events.iter().collect::<Vec<_>>(), "{stream} differs from the log");
    }
}

/// Waits until both streams have counted at least this many messages.
pub(crate) async fn until_streams_reach(operator: &Operator, sequence: u64) {
    for stream in ["DAYBOOK", "DAYBOOK_ANALYTICS"] {
        let what = format!("{stream} has {sequence} messages");
        super::until(&what, async || {
            let reached = operator.last_sequence(stream).await;
            tracing::debug!(stream, ?reached, "awaiting {sequence}");
            reached >= Some(sequence)
        })
        .await;
    }
}
