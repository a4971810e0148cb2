//! What the streams are like, and why.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};

use crate::subject;

/// The stream of all events, personal data sealed (SPEC §3).
pub const EVENTS_STREAM: &str = "DAYBOOK";

/// The stream of the same events without personal data, for users who may see nothing else.
pub const ANALYTICS_STREAM: &str = "DAYBOOK_ANALYTICS";

/// How long an event stays in a stream. The log keeps it for ever, and whoever was away for longer reads that.
const RETENTION: Duration = Duration::from_hours(7 * 24);

/// How long a stream remembers the ids of its messages. `Nats-Expected-Last-Sequence` already keeps every event single;
/// the ids let a relay that publishes again what was already on its way hear "you have it" instead of an error, and
/// nothing stays on its way for longer than this.
const DUPLICATE_WINDOW: Duration = Duration::from_mins(2);

/// A burst of events beyond this drops the oldest ones early rather than filling the disk or stopping the relay. Two
/// streams of this size leave room below the 10 GB of `nats.conf`.
const LARGEST: i64 = 4 << 30;

/// What differs between deployments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamOptions {
    /// How many servers keep each message: 1, or 3 in a cluster of three.
    pub replicas: usize,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self { replicas: 1 }
    }
}

/// One of the two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamKind {
    /// `DAYBOOK`.
    Events,
    /// `DAYBOOK_ANALYTICS`.
    Analytics,
}

impl StreamKind {
    pub(crate) const ALL: [Self; 2] = [Self::Events, Self::Analytics];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Events => EVENTS_STREAM,
            Self::Analytics => ANALYTICS_STREAM,
        }
    }

    /// The subject that covers all messages of the stream.
    pub(crate) const fn subjects(self) -> &'static str {
        match self {
            Self::Events => subject::ALL_EVENTS,
            Self::Analytics => subject::ALL_ANALYTICS,
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Events => "Every event of every calendar in the order of the log; personal data sealed",
            Self::Analytics => "Every event of every calendar in the order of the log; without personal data",
        }
    }

    pub(crate) fn config(self, options: StreamOptions) -> Config {
        Config {
            name: self.name().to_owned(),
            description: Some(self.description().to_owned()),
            subjects: vec![self.subjects().to_owned()],
            storage: StorageType::File,
            num_replicas: options.replicas,
            // Readers come and go and each keeps its own place, so no reader's acknowledgement removes anything.
            retention: RetentionPolicy::Limits,
            discard: DiscardPolicy::Old,
            max_age: RETENTION,
            max_bytes: LARGEST,
            max_messages: -1,
            max_messages_per_subject: -1,
            max_consumers: -1,
            duplicate_window: DUPLICATE_WINDOW,
            // Healing only ever appends, so nobody has a reason to remove a message before its time.
            deny_delete: true,
            deny_purge: true,
            // Finding a place reads single messages, which then any replica can serve.
            allow_direct: true,
            ..Config::default()
        }
    }
}
