//! Reading a stream as it grows, in order, and knowing when something may have been missed.
//!
//! The client's own ordered consumer mends itself without a word, and goes on after the last sequence it saw even where the
//! stream was made anew and counts from one again. Here every disturbance ends the reading instead, and the reader decides
//! what it missed.

use std::{fmt, time::Duration};

use async_nats::jetstream::{
    self,
    consumer::{AckPolicy, DeliverPolicy, pull},
};
use futures::{FutureExt as _, StreamExt as _};
use tokio::sync::watch;

use crate::{connect::Nats, streams::EVENTS_STREAM};

/// How often the server says that there is nothing new; after two of these without a word it counts as gone.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// How long the server keeps the place of a reader that is gone.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

/// How many messages may wait in this process.
const WAITING: usize = 512;

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// With what is published from now on.
    Now,
    /// With the first message of at least this sequence.
    Sequence(u64),
}

/// What to read of `DAYBOOK`.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) subjects: Vec<String>,
    pub(crate) from: From,
    /// Without bodies.
    pub(crate) headers_only: bool,
    /// What an operator sees in the list of consumers.
    pub(crate) description: String,
}

/// A reading of `DAYBOOK` that is complete and in order until it ends.
pub(crate) struct LiveEvents {
    messages: pull::Stream,
    connections: watch::Receiver<u64>,
    delivered: u64,
}

/// Why a reading ended: something may have been missed since its last message.
#[derive(Debug)]
pub(crate) enum Disturbance {
    /// The reading could not begin.
    NotOpened(async_nats::Error),
    /// The connection was made anew.
    Reconnected,
    /// A message did not arrive.
    Gap,
    /// The server gave up the reading, or is silent.
    Consumer(String),
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpened(error) => write!(f, "the stream cannot be read: {error}"),
            Self::Reconnected => f.write_str("the connection was made anew"),
            Self::Gap => f.write_str("a message did not arrive"),
            Self::Consumer(error) => write!(f, "the server ended the reading: {error}"),
        }
    }
}

impl LiveEvents {
    /// Begins to read.
    pub(crate) async fn open(nats: &Nats, wanted: Wanted) -> Result<Self, Disturbance> {
        // Before the consumer is made: a connection lost in between must not go unnoticed.
        let connections = nats.connections();
        let messages = Self::messages(nats.jetstream(), wanted).await.map_err(Disturbance::NotOpened)?;
        Ok(Self { messages, connections, delivered: 0 })
    }

    async fn messages(jetstream: &jetstream::Context, wanted: Wanted) -> Result<pull::Stream, async_nats::Error> {
        let config = pull::Config {
            description: Some(wanted.description),
            deliver_policy: match wanted.from {
                From::Now => DeliverPolicy::New,
                From::Sequence(start_sequence) => DeliverPolicy::ByStartSequence { start_sequence },
            },
            filter_subjects: wanted.subjects,
            headers_only: wanted.headers_only,
            // Nothing is acknowledged: the reader's place is its own affair, so the server need not store one.
            ack_policy: AckPolicy::None,
            memory_storage: true,
            num_replicas: 1,
            inactive_threshold: FORGOTTEN_AFTER,
            ..pull::Config::default()
        };
        let consumer = jetstream.create_consumer_on_stream(config, EVENTS_STREAM).await?;
        Ok(consumer.stream().max_messages_per_batch(WAITING).heartbeat(HEARTBEAT).messages().await?)
    }

    /// The next message. After a disturbance there is none.
    pub(crate) async fn next(&mut self) -> Result<jetstream::Message, Disturbance> {
        let message = tokio::select! {
            // What was under way on the lost connection is lost: the connection first.
            biased;
            _ = self.connections.changed() => return Err(Disturbance::Reconnected),
            message = self.messages.next() => message,
        };
        let message = match message {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(Disturbance::Consumer(error.to_string())),
            None => return Err(Disturbance::Consumer("it ended".to_owned())),
        };
        let delivered = message.info().map_err(|error| Disturbance::Consumer(error.to_string()))?.consumer_sequence;
        if delivered != self.delivered + 1 {
            return Err(Disturbance::Gap);
        }
        self.delivered = delivered;
        Ok(message)
    }

    /// The next message if it is here already.
    pub(crate) fn next_if_here(&mut self) -> Option<Result<jetstream::Message, Disturbance>> {
        self.next().now_or_never()
    }
}
