//! Events as the world sees them: CloudEvents 1.0 in JSON (SPEC §3).
//!
//! `data` is the event's fields behind four of the envelope: `version`, `actor`, `causation_id`, `correlation_id`. The
//! event's own `type` tag is not repeated in it. No event may have a field of one of these five names.

mod analytics;
mod decode;
mod event;
mod payload;

pub use decode::{NotAnEvent, decode};
pub use event::CloudEvent;

use crate::recorded::RecordedEvent;

const TYPE_PREFIX: &str = "daybook.";
const SOURCE_PREFIX: &str = "/calendars/";

/// The event as a CloudEvent in JSON. Personal data stays sealed.
pub fn encode(event: &RecordedEvent) -> Result<Vec<u8>, serde_json::Error> {
    CloudEvent::sealed(event)?.to_json()
}

/// The event as a CloudEvent in JSON, without any field that holds personal data.
pub fn encode_for_analytics(event: &RecordedEvent) -> Result<Vec<u8>, serde_json::Error> {
    CloudEvent::without_personal_data(event)?.to_json()
}

#[cfg(test)]
mod tests;
