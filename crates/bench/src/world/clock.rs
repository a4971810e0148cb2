//! The time at which the load happens.

use chrono::{DateTime, Utc};

/// Now.
#[expect(clippy::disallowed_methods, reason = "the load happens now")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
