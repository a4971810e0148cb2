//! The headers of a published event.

use async_nats::{HeaderMap, HeaderName};
use daybook_event_store::Place;

/// The event's id; JetStream tells repetitions by it.
pub(crate) const MESSAGE_ID: HeaderName = async_nats::header::NATS_MESSAGE_ID;

/// The sequence that the stream must have reached before; a publish of a deposed relay fails on it.
pub(crate) const EXPECTED_LAST_SEQUENCE: HeaderName = async_nats::header::NATS_EXPECTED_LAST_SEQUENCE;

/// The event's place in the log.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("Daybook-Position");

/// The event's version, for readers that need not open the body.
pub(crate) const VERSION: HeaderName = HeaderName::from_static("Daybook-Version");

/// The place that a message gives, if it is one of ours.
pub(crate) fn place_of(headers: &HeaderMap) -> Option<Place> {
    headers.get(POSITION)?.as_str().parse().ok()
}
