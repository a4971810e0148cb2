//! `GET /health/ready`: whether a booking could be made here and now.

use std::time::Duration;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Condition, condition};
use crate::extract::Json;
use crate::problem::{Answer, Code, Problem, ProblemBody};
use crate::state::Api;

/// A booking could be made.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Ready {
    /// Always `ready`.
    #[schema(example = "ready")]
    pub status: &'static str,
}

/// Whether a booking could be made here and now
///
/// For load balancers. A node that is shutting down says no, and still answers the requests it has.
#[utoipa::path(
    get, path = "/health/ready", tag = "operations",
    responses(
        (status = 200, description = "It could", body = Ready),
        (status = 503, description = "It could not", body = ProblemBody),
    )
)]
pub async fn ready(State(api): State<Api>) -> Answer<Json<Ready>> {
    let not_ready = |detail: &str| Err(Problem::new(Code::Unavailable, detail).retry_after(Duration::from_secs(1)));
    if api.health.stopping.is_cancelled() {
        return not_ready("this node is shutting down");
    }
    match condition(&api.health.findings().await, std::iter::empty()) {
        Condition::Unhealthy => not_ready("a part without which nothing can be booked does not answer"),
        Condition::Healthy | Condition::Degraded => Ok(Json(Ready { status: "ready" })),
    }
}
