//! `GET /health/detailed`: how each part is, and how far behind.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use daybook_domain::zone::zone_data_version;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Condition, condition};
use crate::extract::Json;
use crate::state::Api;

/// How a node and its parts are, in figures.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Detailed {
    /// The worst of the parts.
    pub status: Condition,
    /// Each part that was asked.
    pub checks: BTreeMap<&'static str, Check>,
    /// How far the relay and the read models are behind the log, in seconds, as far as this node knows.
    #[schema(example = json!({"relay": 0.004, "availability": 0.011, "bookings": 0.012}))]
    pub lag_seconds: BTreeMap<&'static str, f64>,
    /// The version of the program.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// The version of the time zone data compiled into it.
    #[schema(example = "2026f")]
    pub zone_data_version: &'static str,
    /// Seconds since the node started.
    pub uptime_seconds: u64,
    /// Whether it is shutting down.
    pub stopping: bool,
}

/// How one part is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Check {
    /// How it is, by what it is needed for.
    pub status: Condition,
    /// How long it took to answer, in milliseconds; null if it did not.
    pub latency_ms: Option<f64>,
}

/// How the node is, in figures
#[utoipa::path(
    get, path = "/health/detailed", tag = "operations",
    responses(
        (status = 200, description = "Bookings can be made", body = Detailed),
        (status = 503, description = "No booking could be made", body = Detailed),
    )
)]
pub async fn detailed(State(api): State<Api>) -> (StatusCode, Json<Detailed>) {
    let findings = api.health.findings().await;
    let checks = findings.iter().map(|found| {
        let latency_ms = found.latency.map(|latency| latency.as_secs_f64() * 1e3);
        (found.name, Check { status: found.condition(), latency_ms })
    });
    let detailed = Detailed {
        status: condition(&findings, api.metrics.lags.known()),
        checks: checks.collect(),
        lag_seconds: api.metrics.lags.known().collect(),
        version: env!("CARGO_PKG_VERSION"),
        zone_data_version: zone_data_version(),
        uptime_seconds: api.health.started.elapsed().as_secs(),
        stopping: api.health.stopping.is_cancelled(),
    };
    (detailed.status.http(), Json(detailed))
}
