//! The JetStream streams that Daybook publishes to: made, kept at their settings, and checked.

mod ensure;
mod settings;

pub(crate) use ensure::ensure;
pub use ensure::{StreamError, ensure_streams};
pub(crate) use settings::StreamKind;
pub use settings::{ANALYTICS_STREAM, EVENTS_STREAM, StreamOptions};
