//! Publishing without waiting for each acknowledgement, and yet in order and without gaps.

use std::{collections::VecDeque, pin::Pin};

use async_nats::jetstream::{self, context::PublishError, message::PublishMessage, publish::PublishAck};
use daybook_event_store::{Place, RecordedEvent, cloud_event};
use futures::FutureExt as _;
use tracing::Span;
use uuid::Uuid;

use super::places::Published;
use crate::{header, streams::StreamKind, subject};

/// How many messages may be on their way. Enough to hide the round trip at any rate that the log reaches; what is lost
/// with a connection is published again, so more would only mean more to repeat.
const WINDOW: usize = 512;

/// Messages on their way to one stream, in the order of the log.
///
/// Each message says which sequence the stream must have reached, so the first that fails makes all behind it fail too:
/// there is never a gap, and of two relays that race only one gets each message in.
pub(super) struct Pipeline<'a> {
    jetstream: &'a jetstream::Context,
    kind: StreamKind,
    /// Of the last message sent.
    last_sequence: u64,
    on_their_way: VecDeque<OnItsWay>,
    acknowledged: Option<Published>,
    acknowledged_count: u64,
}

type Answer = Pin<Box<dyn Future<Output = Result<PublishAck, PublishError>> + Send>>;

struct OnItsWay {
    expected: Published,
    /// The event's hop into the stream; nothing where nobody looks so closely.
    hop: Span,
    answer: Answer,
}

/// A message that the stream did not take where it belongs.
#[derive(Debug, thiserror::Error)]
pub(super) enum PipelineError {
    #[error("event {event} at {place} cannot be written as JSON: {source}")]
    Unwritable { event: Uuid, place: Place, source: serde_json::Error },
    #[error("event {event} at {place} was not sent: {source}")]
    NotSent { event: Uuid, place: Place, source: PublishError },
    #[error("the event at {place} was not acknowledged: {source}")]
    NotAcknowledged { place: Place, source: PublishError },
    #[error("the event at {place} is message {found} of the stream instead of {expected}")]
    Elsewhere { place: Place, expected: u64, found: u64 },
}

impl<'a> Pipeline<'a> {
    /// Publishes behind the last message of a stream.
    pub(super) fn behind(last_sequence: u64, jetstream: &'a jetstream::Context, kind: StreamKind) -> Self {
        let on_their_way = VecDeque::with_capacity(WINDOW);
        Self { jetstream, kind, last_sequence, on_their_way, acknowledged: None, acknowledged_count: 0 }
    }

    /// Sends an event, after waiting for room in the window.
    pub(super) async fn publish(&mut self, event: &RecordedEvent) -> Result<(), PipelineError> {
        while self.on_their_way.len() >= WINDOW {
            self.settle_one().await?;
        }
        let (event_id, place) = (event.id, event.place);
        let (subject, body) = match self.kind {
            StreamKind::Events => (subject::of_event(event.host, &event.event_type), cloud_event::encode(event)),
            StreamKind::Analytics => {
                (subject::of_analytics(&event.event_type), cloud_event::encode_for_analytics(event))
            }
        };
        let body = body.map_err(|source| PipelineError::Unwritable { event: event_id, place, source })?;
        let hop = tracing::debug_span!(
            "publish",
            correlation_id = event.correlation_id(),
            stream = self.kind.name(),
            host = %event.host,
            event_type = event.event_type,
            %place,
        );
        let message = PublishMessage::build()
            .payload(body.into())
            .header(header::MESSAGE_ID, event.id.to_string())
            .header(header::EXPECTED_LAST_SEQUENCE, self.last_sequence.to_string())
            .header(header::POSITION, place.to_string())
            .header(header::VERSION, event.version.to_string());
        let answer = self.jetstream.send_publish(subject, message).await;
        let answer = answer.map_err(|source| PipelineError::NotSent { event: event_id, place, source })?;
        self.last_sequence += 1;
        let expected = Published { place, sequence: self.last_sequence };
        self.on_their_way.push_back(OnItsWay { expected, hop, answer: answer.into_future() });
        fail::fail_point!("relay-after-publish", |_| std::process::abort());
        Ok(())
    }

    /// Takes the acknowledgements that are here already.
    pub(super) fn settle_what_is_here(&mut self) -> Result<(), PipelineError> {
        while let Some(first) = self.on_their_way.front_mut() {
            let Some(answer) = first.answer.as_mut().now_or_never() else { break };
            self.settled(answer)?;
        }
        Ok(())
    }

    /// Waits for the next acknowledgement. Dropping the future loses nothing.
    pub(super) async fn settle_one(&mut self) -> Result<(), PipelineError> {
        let Some(first) = self.on_their_way.front_mut() else { return Ok(()) };
        let answer = first.answer.as_mut().await;
        self.settled(answer)
    }

    /// What counts is where the message stands. It may stand there as a repetition: sent before a connection was lost,
    /// or by another relay, which sends the same events in the same order.
    fn settled(&mut self, answer: Result<PublishAck, PublishError>) -> Result<(), PipelineError> {
        let Some(first) = self.on_their_way.pop_front() else { return Ok(()) };
        let Published { place, sequence: expected } = first.expected;
        let found = answer.map_err(|source| PipelineError::NotAcknowledged { place, source })?.sequence;
        if found != expected {
            return Err(PipelineError::Elsewhere { place, expected, found });
        }
        first.hop.in_scope(|| tracing::debug!(sequence = found, "published"));
        fail::fail_point!("relay-after-ack", |_| std::process::abort());
        self.acknowledged = Some(first.expected);
        self.acknowledged_count += 1;
        Ok(())
    }

    /// The sequence of the last message sent.
    pub(super) const fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// The last message that was acknowledged.
    pub(super) const fn acknowledged(&self) -> Option<Published> {
        self.acknowledged
    }

    /// How many messages were acknowledged since the last call.
    pub(super) fn take_acknowledged_count(&mut self) -> u64 {
        std::mem::take(&mut self.acknowledged_count)
    }

    /// Whether everything sent is acknowledged.
    pub(super) fn is_settled(&self) -> bool {
        self.on_their_way.is_empty()
    }
}
