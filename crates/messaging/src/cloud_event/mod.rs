//! Events as the world sees them: CloudEvents 1.0 in JSON (SPEC §3).
//!
//! `data` is the event's fields behind four of the envelope: `version`, `actor`, `causation_id`, `correlation_id`. The
//! event's own `type` tag is not repeated in it. No event may have a field of one of these five names.

mod analytics;
mod decode;
mod encode;
mod payload;

pub use analytics::encode_for_analytics;
pub use decode::{NotAnEvent, decode};
pub use encode::encode;

const TYPE_PREFIX: &str = "daybook.";
const SOURCE_PREFIX: &str = "/calendars/";

#[cfg(test)]
mod tests;
