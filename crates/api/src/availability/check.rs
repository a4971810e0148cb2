//! `GET /availability/check`: whether one time can be booked.

use axum::extract::State;
use chrono::{DateTime, Utc};
use daybook_domain::ids::MeetingTypeId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::slot::SlotBody;
use crate::extract::{Json, Query};
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// Which time is asked for.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CheckQuery {
    /// The kind of meeting.
    #[param(value_type = Uuid)]
    pub meeting_type_id: MeetingTypeId,
    /// When it would start.
    #[param(example = "2027-01-12T09:00:00Z")]
    pub start_time: DateTime<Utc>,
}

/// Whether a time can be booked, and what else could be.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckAnswer {
    /// Whether it can be booked.
    pub available: bool,
    /// If not: up to five times that can be, nearest first.
    pub alternative_slots: Vec<SlotBody>,
}

/// Whether one time can be booked
#[utoipa::path(
    get, path = "/api/availability/check", tag = "availability", params(CheckQuery),
    responses(
        (status = 200, description = "Whether it can be booked", body = CheckAnswer),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 404, description = "No such meeting type", body = ProblemBody),
    )
)]
pub async fn check(State(api): State<Api>, Query(asked): Query<CheckQuery>) -> Answer<Json<CheckAnswer>> {
    let timed = api.metrics.availability.begin();
    let offer = api.offer(asked.meeting_type_id).await?;
    let now = api.clock.now();
    let available = offer.has(asked.start_time, now);
    let alternatives = if available { Vec::new() } else { offer.alternatives(asked.start_time, now) };
    let alternative_slots = alternatives.iter().map(SlotBody::from).collect();
    timed.uncached();
    Ok(Json(CheckAnswer { available, alternative_slots }))
}
