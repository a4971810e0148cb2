//! `GET /metrics`: the counters in Prometheus's text format.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use prometheus::{TEXT_FORMAT, TextEncoder};

use super::Metrics;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

impl Metrics {
    /// Everything counted so far, in Prometheus's text format.
    pub fn render(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// The counters of this node
///
/// For Prometheus. On the internal listener only, save in `daybook dev`.
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    responses(
        (status = 200, description = "The counters", body = String, content_type = "text/plain"),
        (status = 500, description = "A fault of ours", body = ProblemBody),
    )
)]
pub async fn expose(State(api): State<Api>) -> Answer<Response> {
    api.metrics.event_streams.set(i64::try_from(api.events.open()).unwrap_or(i64::MAX));
    let text = api.metrics.render().map_err(|error| Problem::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(TEXT_FORMAT))], text).into_response())
}
