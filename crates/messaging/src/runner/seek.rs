//! Finds the message with which to go on after a place in the log.

use async_nats::jetstream::{
    self,
    stream::{DirectGetErrorKind, Stream},
};
use daybook_event_store::Place;

use crate::{
    header,
    streams::{EVENTS_STREAM, StreamKind},
};

/// The sequence of the first message of `DAYBOOK` whose event stands after a place; one more than the last if there is
/// none yet.
///
/// Messages are in the order of the log, so it is found by halving. What is not ours in the stream is stepped over.
pub(super) async fn first_after(jetstream: &jetstream::Context, place: Place) -> Result<u64, async_nats::Error> {
    let stream = jetstream.get_stream(EVENTS_STREAM).await?;
    let state = &stream.cached_info().state;
    // The first message after the place is in low..=high.
    let (mut low, mut high) = (state.first_sequence.max(1), state.last_sequence + 1);
    // Mostly it is the next to come.
    let mut probe = state.last_sequence;
    while low < high {
        match message_from(&stream, probe, high).await? {
            Some((sequence, found)) if found <= place => low = sequence + 1,
            _ => high = probe,
        }
        probe = low + (high - low) / 2;
    }
    Ok(low)
}

/// The first message of ours at or after a sequence and before `end`: its sequence and place.
async fn message_from(stream: &Stream, mut sequence: u64, end: u64) -> Result<Option<(u64, Place)>, async_nats::Error> {
    while sequence < end {
        match stream.direct_get_next_for_subject(StreamKind::Events.subjects(), Some(sequence)).await {
            Ok(message) if message.sequence >= end => return Ok(None),
            Ok(message) => match header::place_of(&message.headers) {
                Some(place) => return Ok(Some((message.sequence, place))),
                None => sequence = message.sequence + 1,
            },
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}
