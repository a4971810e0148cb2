//! Requests by route: how many, how they ended, how long they took.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus::{HistogramOpts, HistogramVec, Registry};

/// Upper ends of the latencies told apart, in seconds.
const SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.025, 0.1, 0.25, 0.5, 2.0, 10.0];

/// Requests that went through the router. Answers about availability that lay ready do not: they are counted, and their time
/// is taken, where they are made.
pub(super) struct Requests(HistogramVec);

impl Requests {
    pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let help = "Time to answer a request, by route; without answers about availability that lay ready";
        let name = "daybook_http_request_duration_seconds";
        let seconds = HistogramVec::new(
            HistogramOpts::new(name, help).buckets(SECONDS.to_vec()),
            &["method", "route", "status"],
        )?;
        registry.register(Box::new(seconds.clone()))?;
        Ok(Self(seconds))
    }

    /// `route` is the template, empty where there is none: what somebody asked for is not repeated.
    pub(super) fn count(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let route = if route.is_empty() { "none" } else { route };
        self.0.with_label_values(&[named(method), route, status.as_str()]).observe(took.as_secs_f64());
    }
}

/// Anybody can make methods up.
fn named(method: &Method) -> &str {
    match *method {
        Method::GET | Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::HEAD | Method::OPTIONS => {
            method.as_str()
        }
        _ => "other",
    }
}
