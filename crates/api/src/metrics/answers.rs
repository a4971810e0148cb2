//! How many answers there were, by kind.

use axum::http::StatusCode;
use prometheus::{IntCounter, Registry};

use super::counters;

const KINDS: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Answers by the first digit of their status.
pub(super) struct Answers([IntCounter; 5]);

impl Answers {
    pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let all = counters(registry, "daybook_http_responses_total", "Answers to HTTP requests, by kind", &["status"])?;
        Ok(Self(KINDS.map(|kind| all.with_label_values(&[kind]))))
    }

    pub(super) fn count(&self, status: StatusCode) {
        if let Some(counter) = self.0.get(usize::from(status.as_u16() / 100).wrapping_sub(1)) {
            counter.inc();
        }
    }
}
