//! `/availability/overrides`: dates of the default schedule with hours of their own.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use daybook_domain::calendar::command::CalendarCommand;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{self, WindowBody, windows};
use crate::auth::Host;
use crate::extract::{Json, Path, Query};
use crate::middleware::edge::RequestId;
use crate::page::{Page, PageQuery};
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// The hours of one date.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Windows {
    /// The windows; none closes the date.
    pub windows: Vec<WindowBody>,
}

/// A date with hours of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OverrideBody {
    /// The date.
    pub date: NaiveDate,
    /// Its windows; none closes it.
    pub windows: Vec<WindowBody>,
}

/// Your dates with hours of their own, earliest first
#[utoipa::path(
    get, path = "/api/availability/overrides", tag = "schedules", params(PageQuery),
    responses(
        (status = 200, description = "The overrides", body = Page<OverrideBody>),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn list(
    State(api): State<Api>,
    host: Host,
    Query(page): Query<PageQuery>,
) -> Answer<Json<Page<OverrideBody>>> {
    let known = api.calendar(host.calendar()).await?;
    let overrides = known.availability.settings.default_schedule().map(|s| &s.hours.overrides);
    let each = overrides.into_iter().flatten();
    let all =
        each.map(|(date, windows)| OverrideBody { date: *date, windows: windows.iter().map(Into::into).collect() });
    Ok(Json(Page::of_short_list(all.collect(), &page, |item| item.date.to_string())?))
}

/// Give a date hours of its own, or close it
#[utoipa::path(
    put, path = "/api/availability/overrides/{date}", tag = "schedules",
    params(("date" = NaiveDate, Path, example = "2027-01-12")), request_body = Windows,
    responses(
        (status = 200, description = "The override", body = OverrideBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn set(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Path(date): Path<NaiveDate>,
    Json(body): Json<Windows>,
) -> Answer<Json<OverrideBody>> {
    let calendar = host.calendar();
    let date = body::date("date", date)?;
    let set = CalendarCommand::SetDateOverride { date, windows: windows("windows", &body.windows)? };
    api.command(calendar, host.acting_on(calendar, request), set).await?;
    Ok(Json(OverrideBody { date, windows: body.windows }))
}

/// Give a date its weekly hours back
#[utoipa::path(
    delete, path = "/api/availability/overrides/{date}", tag = "schedules",
    params(("date" = NaiveDate, Path, example = "2027-01-12")),
    responses(
        (status = 204, description = "The date has its weekly hours"),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "The date had no override", body = ProblemBody),
    )
)]
pub async fn remove(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Path(date): Path<NaiveDate>,
) -> Answer<StatusCode> {
    let calendar = host.calendar();
    api.command(calendar, host.acting_on(calendar, request), CalendarCommand::RemoveDateOverride { date }).await?;
    Ok(StatusCode::NO_CONTENT)
}
