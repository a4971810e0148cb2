//! Where a stream stands: which event of the log its last message is, whatever happened to it.

use async_nats::jetstream::{
    self,
    stream::{Info, RawMessageErrorKind},
};
use daybook_event_store::{Feed, Place};
use sqlx::PgPool;

use super::places::{self, Published};
use crate::{header, streams::StreamKind};

/// How many events are read at once while counting along a log.
const COUNTED_AT_ONCE: u32 = 1_000;

/// The last event that a stream has, and the sequence behind which the next one is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) place: Place,
    pub(super) last_sequence: u64,
}

/// Finds where a stream stands.
///
/// - It has messages: the last one says so. A stream that lost its tail is one of these.
/// - It never had any: before the first event. A stream whose store was lost is one of these.
/// - Its retention emptied it: the place that the relay saved, and as many events more as the stream has counted since.
pub(super) async fn find(
    info: &Info,
    kind: StreamKind,
    jetstream: &jetstream::Context,
    feed: &Feed,
    pool: &PgPool,
) -> Result<Standing, StandingError> {
    let last_sequence = info.state.last_sequence;
    let place = if last_sequence == 0 {
        Place::default()
    } else if info.state.messages > 0 {
        place_of_last_message(info, kind, jetstream, feed).await?
    } else {
        let saved = places::saved(pool, kind.name()).await?.filter(|saved| saved.sequence <= last_sequence);
        tracing::info!(stream = kind.name(), last_sequence, ?saved, "the stream is empty; counting along the log");
        count_along(feed, saved, last_sequence).await?
    };
    Ok(Standing { place, last_sequence })
}

/// The place of the last message of ours. Behind it may stand what somebody else published.
async fn place_of_last_message(
    info: &Info,
    kind: StreamKind,
    jetstream: &jetstream::Context,
    feed: &Feed,
) -> Result<Place, StandingError> {
    // Of the leader: a replica may not have the last message yet.
    let stream =
        jetstream.get_stream_no_info(kind.name()).await.map_err(|error| StandingError::Stream(error.to_string()))?;
    for sequence in (info.state.first_sequence..=info.state.last_sequence).rev() {
        let message = match stream.get_raw_message(sequence).await {
            Ok(message) => message,
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => continue,
            Err(error) => return Err(StandingError::Stream(error.to_string())),
        };
        let Some(place) = header::place_of(&message.headers) else {
            tracing::error!(stream = kind.name(), sequence, "a message that the relay did not publish");
            continue;
        };
        let id = message.headers.get(header::MESSAGE_ID).map(async_nats::HeaderValue::as_str);
        must_be_of_this_log(feed, place, id, kind).await?;
        return Ok(place);
    }
    Err(StandingError::NothingOfOurs { stream: kind.name() })
}

/// A stream may belong to another log: of a database that was set up anew, or restored to an earlier day. Going on from
/// its place would leave out whatever stands before that place in this log, silently.
async fn must_be_of_this_log(
    feed: &Feed,
    place: Place,
    id: Option<&str>,
    kind: StreamKind,
) -> Result<(), StandingError> {
    let before = Place { position: place.position - 1, ..place };
    let found = feed.after(before, 1).await?;
    let same = found.first().is_some_and(|event| event.place == place && Some(event.id.to_string().as_str()) == id);
    if same { Ok(()) } else { Err(StandingError::AnotherLog { stream: kind.name(), place }) }
}

/// The place of a message that is gone. Every message of a stream is one event, in the order of the log, so it is as many
/// events behind a message whose place is known as it is messages behind it.
async fn count_along(feed: &Feed, known: Option<Published>, sequence: u64) -> Result<Place, StandingError> {
    let Published { mut place, sequence: mut reached } =
        known.unwrap_or(Published { place: Place::default(), sequence: 0 });
    while reached < sequence {
        let wanted = u32::try_from(sequence - reached).unwrap_or(u32::MAX).min(COUNTED_AT_ONCE);
        let events = feed.after(place, wanted).await?;
        let Some(last) = events.last() else {
            return Err(StandingError::LongerThanTheLog { sequence, events: reached });
        };
        place = last.place;
        reached += events.len() as u64;
    }
    Ok(place)
}

/// Why it cannot be said where a stream stands.
#[derive(Debug, thiserror::Error)]
pub(super) enum StandingError {
    #[error("the stream cannot be read: {0}")]
    Stream(String),
    #[error(transparent)]
    Places(#[from] places::PlacesError),
    #[error("the log cannot be read: {0}")]
    Log(#[from] daybook_event_store::DatabaseError),
    #[error(
        "stream {stream} ends with an event at {place} that this log does not have: it belongs to another database, or \
         this one was restored to an earlier day. Publishing stops. Point Daybook to the right NATS server, or delete the \
         stream as the operator; it is filled again from the log"
    )]
    AnotherLog { stream: &'static str, place: Place },
    #[error(
        "stream {stream} holds no message of the relay's, though it is not empty; look at it, or delete it as the operator"
    )]
    NothingOfOurs { stream: &'static str },
    #[error("the stream has counted {sequence} messages, but the log has only {events} events")]
    LongerThanTheLog { sequence: u64, events: u64 },
}
