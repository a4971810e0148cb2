//! `GET /health/live`: whether the process answers at all.

use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::Json;

/// The process answers.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Live {
    /// Always `live`.
    #[schema(example = "live")]
    pub status: &'static str,
}

/// Whether the process answers
///
/// Looks at nothing else: a supervisor that restarts the process would not mend a part that is down.
#[utoipa::path(
    get, path = "/health/live", tag = "operations",
    responses((status = 200, description = "It does", body = Live))
)]
pub async fn live() -> Json<Live> {
    Json(Live { status: "live" })
}
