//! What this node counts (O1), as `GET /metrics` shows it to Prometheus.
//!
//! Handles are resolved when the node starts: counting a request is an addition, without looking labels up.

mod answers;
mod availability;
mod bookings;
pub mod expose;
mod lags;
mod parts;
mod requests;
mod security;

use std::fmt;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use daybook_event_store::EventStoreMetrics;
use prometheus::{IntCounterVec, IntGauge, Opts, Registry};

pub use availability::{AvailabilityMetrics, Timed};
pub use bookings::BookingMetrics;
pub(crate) use bookings::{Operation, Outcome};
pub use lags::{Lag, Lags};
pub use security::AuthenticationFailure;

use answers::Answers;
use parts::PartsMetrics;
use requests::Requests;
use security::Security;

/// The counters of the HTTP layer, in the registry of the whole process.
pub struct Metrics {
    registry: Registry,
    /// Answers about availability.
    pub availability: AvailabilityMetrics,
    /// Commands about bookings.
    pub bookings: BookingMetrics,
    /// Look-ups of people by id or username.
    pub(crate) profiles: CacheMetrics,
    pub(crate) lags: Lags,
    /// How the parts are that this node depends on.
    pub(crate) parts: PartsMetrics,
    /// Event streams that are open.
    pub(crate) event_streams: IntGauge,
    answers: Answers,
    requests: Requests,
    security: Security,
}

impl Metrics {
    /// Registers the counters, once per registry, beside those of the event store, some of which they share. `lags` are shown
    /// by the health; their owners register the gauges.
    pub fn register(registry: &Registry, store: &EventStoreMetrics, lags: Lags) -> Result<Self, prometheus::Error> {
        let event_streams = IntGauge::new("daybook_event_streams_open", "Event streams over HTTP that are open")?;
        registry.register(Box::new(event_streams.clone()))?;
        Ok(Self {
            availability: AvailabilityMetrics::register(registry, &store.cache_operations)?,
            bookings: BookingMetrics::register(registry, &store.double_bookings_prevented)?,
            profiles: CacheMetrics::of(&store.cache_operations, "profiles"),
            answers: Answers::register(registry)?,
            requests: Requests::register(registry)?,
            parts: PartsMetrics::register(registry)?,
            event_streams,
            security: Security::register(registry)?,
            lags,
            registry: registry.clone(),
        })
    }

    /// Counts an answer by the first digit of its status.
    pub(crate) fn answered(&self, status: StatusCode) {
        self.answers.count(status);
    }

    /// Counts a request that went through the router, by its template.
    pub(crate) fn routed(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        self.requests.count(method, route, status, took);
    }

    /// Counts credentials that were refused.
    pub fn authentication_failed(&self, failure: AuthenticationFailure) {
        self.security.authentication_failures(failure).inc();
    }

    /// Counts a request that came too soon after others.
    pub(crate) fn rate_limited(&self, limit: &'static str) {
        self.security.rate_limited.with_label_values(&[limit]).inc();
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// Hits and misses of one cache, in `daybook_cache_operations_total`.
#[derive(Clone, Debug)]
pub(crate) struct CacheMetrics {
    pub(crate) hit: prometheus::IntCounter,
    pub(crate) miss: prometheus::IntCounter,
}

impl CacheMetrics {
    pub(crate) fn of(operations: &IntCounterVec, cache: &str) -> Self {
        let outcome = |outcome| operations.with_label_values(&[cache, outcome]);
        Self { hit: outcome("hit"), miss: outcome("miss") }
    }
}

/// A family of counters, registered.
fn counters(registry: &Registry, name: &str, help: &str, label: &[&str]) -> Result<IntCounterVec, prometheus::Error> {
    let counters = IntCounterVec::new(Opts::new(name, help), label)?;
    registry.register(Box::new(counters.clone()))?;
    Ok(counters)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use axum::http::Method;
    use axum::response::IntoResponse;

    use super::*;
    use crate::problem::{Code, Problem};

    fn metrics() -> Metrics {
        let registry = Registry::new();
        let store = EventStoreMetrics::register(&registry).unwrap();
        Metrics::register(&registry, &store, Lags::default()).unwrap()
    }

    #[track_caller]
    fn assert_shows(metrics: &Metrics, line: &str) {
        let text = metrics.render().unwrap();
        assert!(text.lines().any(|shown| shown == line), "no `{line}` in\n{text}");
    }

    #[test]
    fn every_family_of_the_contract_is_there_from_the_start() {
        let metrics = metrics();
        for line in [
            r#"daybook_booking_operations_total{operation="reschedule",outcome="conflict"} 0"#,
            r#"daybook_booking_duration_seconds_count{outcome="done"} 0"#,
            r#"daybook_double_booking_prevented_total{layer="constraint"} 0"#,
            r#"daybook_double_booking_prevented_total{layer="decision"} 0"#,
            r#"daybook_availability_requests_total{cache="hit"} 0"#,
            r#"daybook_availability_duration_seconds_count{cache="miss"} 0"#,
            r#"daybook_cache_operations_total{cache="availability",outcome="miss"} 0"#,
            r#"daybook_cache_operations_total{cache="calendar",outcome="hit"} 0"#,
            r#"daybook_authentication_failures_total{reason="wrong_password"} 0"#,
            "daybook_append_batch_streams_count 0",
            "daybook_append_duration_seconds_count 0",
            r#"daybook_append_retries_total{reason="lost_race"} 0"#,
            "daybook_event_streams_open 0",
        ] {
            assert_shows(&metrics, line);
        }
    }

    #[test]
    fn what_happens_is_counted_under_its_labels() {
        let metrics = metrics();
        metrics.availability.begin().hit();
        metrics.availability.begin().miss();
        metrics.availability.begin().miss();
        let begun = std::time::Instant::now();
        let refusal = |code| Problem::new(code, "taken").into_response();
        metrics.bookings.answered(Operation::Cancel, begun, &StatusCode::OK.into_response());
        metrics.bookings.answered(Operation::Book, begun, &refusal(Code::SlotUnavailable));
        metrics.bookings.answered(Operation::Book, begun, &refusal(Code::InvalidTimeSlot));
        metrics.bookings.answered(Operation::Reschedule, begun, &refusal(Code::VersionConflict));
        metrics.bookings.answered(Operation::Reschedule, begun, &refusal(Code::Unavailable));
        metrics.answered(StatusCode::NOT_FOUND);
        metrics.routed(&Method::GET, "/api/users/{id}", StatusCode::NOT_FOUND, Duration::from_millis(3));
        metrics.routed(&Method::from_bytes(b"BREW").unwrap(), "", StatusCode::NOT_FOUND, Duration::ZERO);
        metrics.authentication_failed(AuthenticationFailure::ApiKey);
        metrics.rate_limited("log_ins");
        for line in [
            r#"daybook_availability_requests_total{cache="hit"} 1"#,
            r#"daybook_availability_duration_seconds_count{cache="miss"} 2"#,
            r#"daybook_cache_operations_total{cache="availability",outcome="miss"} 2"#,
            r#"daybook_booking_operations_total{operation="cancel",outcome="done"} 1"#,
            r#"daybook_booking_operations_total{operation="book",outcome="conflict"} 1"#,
            r#"daybook_booking_operations_total{operation="book",outcome="refused"} 1"#,
            r#"daybook_booking_operations_total{operation="reschedule",outcome="conflict"} 1"#,
            r#"daybook_booking_operations_total{operation="reschedule",outcome="failed"} 1"#,
            r#"daybook_booking_duration_seconds_count{outcome="conflict"} 2"#,
            r#"daybook_double_booking_prevented_total{layer="decision"} 1"#,
            r#"daybook_http_responses_total{status="4xx"} 1"#,
            r#"daybook_http_request_duration_seconds_bucket{method="GET",route="/api/users/{id}",status="404",le="0.005"} 1"#,
            r#"daybook_http_request_duration_seconds_count{method="other",route="none",status="404"} 1"#,
            r#"daybook_authentication_failures_total{reason="api_key"} 1"#,
            r#"daybook_rate_limited_total{limit="log_ins"} 1"#,
        ] {
            assert_shows(&metrics, line);
        }
    }

    #[test]
    fn a_lag_is_read_anew_each_time_and_left_out_while_unknown() {
        let lag = Arc::new(AtomicU32::new(u32::MAX));
        let read = lag.clone();
        let reading = move || Some(read.load(Ordering::Relaxed)).filter(|lag| *lag < u32::MAX).map(f64::from);
        let lags = Lags::default().relay(Lag::reading(|| Some(0.25))).projection("bookings", Lag::reading(reading));
        let known = || lags.known().collect::<Vec<_>>();
        assert_eq!(known(), [("relay", 0.25)]);
        lag.store(3, Ordering::Relaxed);
        assert_eq!(known(), [("relay", 0.25), ("bookings", 3.0)]);
    }

    #[test]
    fn operations_are_known_by_their_route() {
        assert_eq!(Operation::of(&Method::POST, "/api/bookings"), Some(Operation::Book));
        assert_eq!(Operation::of(&Method::PUT, "/api/bookings/{id}/reschedule"), Some(Operation::Reschedule));
        assert_eq!(Operation::of(&Method::DELETE, "/api/bookings/{id}"), Some(Operation::Cancel));
        assert_eq!(Operation::of(&Method::POST, "/api/bookings/{id}/no-show"), Some(Operation::NoShow));
        assert_eq!(Operation::of(&Method::GET, "/api/bookings/{id}"), None);
    }
}
