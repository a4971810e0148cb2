//! `/availability/rules`: the ordinary week of the default schedule.

use axum::extract::State;
use axum::http::StatusCode;
use daybook_domain::availability::Availability;
use daybook_domain::calendar::command::CalendarCommand;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{RuleBody, rule, rules};
use crate::auth::Host;
use crate::extract::Json;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// The weekly rules of the default schedule.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// All rules; several may share a day.
    pub rules: Vec<RuleBody>,
}

fn shown(availability: &Availability) -> Json<Rules> {
    let schedule = availability.settings.default_schedule();
    Json(Rules { rules: schedule.map(|s| s.hours.rules.iter().map(Into::into).collect()).unwrap_or_default() })
}

/// Your ordinary week
#[utoipa::path(
    get, path = "/api/availability/rules", tag = "schedules",
    responses(
        (status = 200, description = "The rules", body = Rules),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn list(State(api): State<Api>, host: Host) -> Answer<Json<Rules>> {
    Ok(shown(&api.calendar(host.calendar()).await?.availability))
}

/// Replace your ordinary week
#[utoipa::path(
    put, path = "/api/availability/rules", tag = "schedules", request_body = Rules,
    responses(
        (status = 200, description = "The rules", body = Rules),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn replace(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Json(body): Json<Rules>,
) -> Answer<Json<Rules>> {
    let calendar = host.calendar();
    let replace = CalendarCommand::ReplaceWeeklyRules { rules: rules(&body.rules)? };
    let done = api.command(calendar, host.acting_on(calendar, request), replace).await?;
    Ok(shown(done.calendar.availability()))
}

/// Add a window to your ordinary week
#[utoipa::path(
    post, path = "/api/availability/rules", tag = "schedules", request_body = RuleBody,
    responses(
        (status = 201, description = "All rules", body = Rules),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn add(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Json(body): Json<RuleBody>,
) -> Answer<(StatusCode, Json<Rules>)> {
    let calendar = host.calendar();
    let add = CalendarCommand::AddWeeklyRule { rule: rule("", &body)? };
    let done = api.command(calendar, host.acting_on(calendar, request), add).await?;
    Ok((StatusCode::CREATED, shown(done.calendar.availability())))
}
