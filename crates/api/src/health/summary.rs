//! `GET /health`: the parts in a word each.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Condition, condition};
use crate::extract::Json;
use crate::state::Api;

/// How a node and its parts are.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Summary {
    /// The worst of the parts.
    pub status: Condition,
    /// Each part: `up` or `down`.
    #[schema(example = json!({"database": "up", "nats": "up"}))]
    pub checks: BTreeMap<&'static str, &'static str>,
}

/// How the node is
///
/// Asks the database and the message bus. Only a node on which nothing could be booked answers 503.
#[utoipa::path(
    get, path = "/health", tag = "operations",
    responses(
        (status = 200, description = "Bookings can be made", body = Summary),
        (status = 503, description = "No booking could be made", body = Summary),
    )
)]
pub async fn summary(State(api): State<Api>) -> (StatusCode, Json<Summary>) {
    let findings = api.health.findings().await;
    let checks = findings.iter().map(|found| (found.name, if found.latency.is_some() { "up" } else { "down" }));
    let summary = Summary { status: condition(&findings, std::iter::empty()), checks: checks.collect() };
    (summary.status.http(), Json(summary))
}

impl Condition {
    pub(super) fn http(self) -> StatusCode {
        if self == Self::Unhealthy { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
    }
}
