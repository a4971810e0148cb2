//! `/schedules`: named sets of hours. Few and small, so the five operations stand together.

use axum::extract::State;
use axum::http::StatusCode;
use daybook_domain::availability::Settings;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::ScheduleId;

use super::body::{ScheduleBody, ScheduleRequest};
use crate::auth::Host;
use crate::extract::{Json, Path, Query};
use crate::middleware::edge::RequestId;
use crate::page::{Page, PageQuery};
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

fn find(settings: &Settings, id: ScheduleId) -> Answer<ScheduleBody> {
    let schedule = settings.schedule(id).ok_or_else(|| Problem::not_found("schedule"))?;
    Ok(ScheduleBody::new(schedule, settings.default_schedule == Some(id)))
}

/// Your schedules, oldest first
#[utoipa::path(
    get, path = "/api/schedules", tag = "schedules", params(PageQuery),
    responses(
        (status = 200, description = "The schedules", body = Page<ScheduleBody>),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn list(
    State(api): State<Api>,
    host: Host,
    Query(page): Query<PageQuery>,
) -> Answer<Json<Page<ScheduleBody>>> {
    let known = api.calendar(host.calendar()).await?;
    let settings = &known.availability.settings;
    let all =
        settings.schedules.iter().map(|s| ScheduleBody::new(s, settings.default_schedule == Some(s.id))).collect();
    Ok(Json(Page::of_short_list(all, &page, |item| item.id.to_string())?))
}

/// A schedule of yours
#[utoipa::path(
    get, path = "/api/schedules/{id}", tag = "schedules", params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The schedule", body = ScheduleBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such schedule of yours", body = ProblemBody),
    )
)]
pub async fn show(State(api): State<Api>, host: Host, Path(id): Path<ScheduleId>) -> Answer<Json<ScheduleBody>> {
    let known = api.calendar(host.calendar()).await?;
    find(&known.availability.settings, id).map(Json)
}

/// Add a schedule
#[utoipa::path(
    post, path = "/api/schedules", tag = "schedules", request_body = ScheduleRequest,
    responses(
        (status = 201, description = "The schedule", body = ScheduleBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn create(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Json(body): Json<ScheduleRequest>,
) -> Answer<(StatusCode, Json<ScheduleBody>)> {
    let (calendar, schedule_id) = (host.calendar(), ScheduleId(api.clock.new_id()));
    let (hours, is_default) = (body.hours()?, body.is_default);
    let add = CalendarCommand::AddSchedule { schedule_id, name: body.name, hours, is_default };
    let done = api.command(calendar, host.acting_on(calendar, request), add).await?;
    Ok((StatusCode::CREATED, Json(find(&done.calendar.availability().settings, schedule_id)?)))
}

/// Replace a schedule
///
/// What the body leaves out takes its default; the default schedule stays the default until another one is chosen.
#[utoipa::path(
    put, path = "/api/schedules/{id}", tag = "schedules", params(("id" = Uuid, Path)), request_body = ScheduleRequest,
    responses(
        (status = 200, description = "The schedule", body = ScheduleBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such schedule of yours", body = ProblemBody),
    )
)]
pub async fn replace(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Path(schedule_id): Path<ScheduleId>,
    Json(body): Json<ScheduleRequest>,
) -> Answer<Json<ScheduleBody>> {
    let calendar = host.calendar();
    let (hours, is_default) = (body.hours()?, body.is_default);
    let change = CalendarCommand::ChangeSchedule { schedule_id, name: body.name, hours, is_default };
    let done = api.command(calendar, host.acting_on(calendar, request), change).await?;
    find(&done.calendar.availability().settings, schedule_id).map(Json)
}

/// Remove a schedule
///
/// Neither the default one nor one that a meeting type uses can be removed.
#[utoipa::path(
    delete, path = "/api/schedules/{id}", tag = "schedules", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 400, description = "It is the default, or in use", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such schedule of yours", body = ProblemBody),
    )
)]
pub async fn remove(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Path(schedule_id): Path<ScheduleId>,
) -> Answer<StatusCode> {
    let calendar = host.calendar();
    api.command(calendar, host.acting_on(calendar, request), CalendarCommand::RemoveSchedule { schedule_id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
