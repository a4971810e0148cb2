//! `GET /availability/explain`: why a time can be booked or cannot, and what made it so (E8).

use axum::extract::State;
use chrono::{DateTime, Utc};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::explain::Reason;
use daybook_domain::ids::{HostId, MeetingTypeId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::auth::Host;
use crate::extract::{Json, Query, instant};
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Which time is asked about, and as of when.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExplainQuery {
    /// The kind of meeting.
    #[param(value_type = Uuid)]
    pub meeting_type_id: MeetingTypeId,
    /// When it would start.
    #[param(example = "2027-01-12T09:00:00Z")]
    pub start_time: DateTime<Utc>,
    /// The moment at which somebody would have asked; now if not given.
    #[serde(default, deserialize_with = "instant::read_optional")]
    pub as_of: Option<DateTime<Utc>>,
}

/// Why a time can be booked or cannot.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub struct ExplainAnswer {
    /// Whether it can be booked.
    pub available: bool,
    /// If so, what opens it; otherwise everything that stands against it, the first refusal first.
    pub reasons: Vec<ReasonBody>,
}

/// One reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonBody {
    /// What kind of reason, for programs.
    #[schema(example = "booked")]
    pub code: &'static str,
    /// The same for people.
    #[schema(example = "a meeting takes place from 09:00 to 09:30 on 2027-01-12")]
    pub message: String,
    /// What is responsible, by its kind: a rule, an override, a booking, the terms of the meeting type, the clock.
    #[schema(value_type = Object)]
    pub cause: Value,
    /// The place in the log of the event that brought it about; none if time alone did.
    #[schema(example = "742-1")]
    pub event_position: Option<String>,
    /// That event's version in the calendar's stream.
    pub event_version: Option<u64>,
    /// That event's type.
    #[schema(example = "BookingRequested")]
    pub event_type: Option<String>,
    /// When that event was recorded.
    pub event_recorded_at: Option<DateTime<Utc>>,
}

/// Why a time can be booked or cannot
///
/// For the host: each reason names the rule, booking, buffer, limit or notice that is responsible, and the event that brought
/// it about. With `as_of`, as the calendar stood at that moment.
#[utoipa::path(
    get, path = "/api/availability/explain", tag = "availability", params(ExplainQuery),
    responses(
        (status = 200, description = "The reasons", body = ExplainAnswer),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such meeting type of yours, or not at that moment", body = ProblemBody),
    )
)]
pub async fn explain(
    State(api): State<Api>,
    host: Host,
    Query(asked): Query<ExplainQuery>,
) -> Answer<Json<ExplainAnswer>> {
    let calendar_id = calendar_of(&api, &host, asked.meeting_type_id).await?;
    let (calendar, now) = match asked.as_of {
        Some(instant) => (api.calendar_at(calendar_id, instant).await?, instant),
        None => ((*api.store.calendar(calendar_id).await?).clone(), api.clock.now()),
    };
    let availability = calendar.availability();
    let meeting_type = availability.settings.meeting_type(asked.meeting_type_id);
    let meeting_type = meeting_type.ok_or_else(|| Problem::not_found("meeting type"))?;
    let explanation = availability.explain(meeting_type, asked.start_time, now);
    let reasons = with_events(&api, calendar_id, &calendar, explanation.reasons).await?;
    Ok(Json(ExplainAnswer { available: explanation.available, reasons }))
}

/// In whose calendar the question is asked: a team's meeting type stands in that of each member.
async fn calendar_of(api: &Api, host: &Host, id: MeetingTypeId) -> Answer<HostId> {
    let owner = api.host_of_meeting_type(id).await?;
    let of_a_team = api.calendar(owner).await?.availability.settings.team.is_some();
    if of_a_team {
        return Ok(host.calendar());
    }
    if host.may_act_on(owner) { Ok(owner) } else { Err(Problem::not_found("meeting type")) }
}

async fn with_events(
    api: &Api,
    host: HostId,
    calendar: &HostCalendar,
    reasons: Vec<Reason>,
) -> Answer<Vec<ReasonBody>> {
    let causes: Vec<_> = reasons.iter().map(|reason| reason.cause.clone()).collect();
    let events = api.history.events_behind(host, calendar.version(), &causes).await?;
    let body = |(reason, event): (Reason, Option<daybook_event_store::RecordedEvent>)| ReasonBody {
        code: reason.code,
        message: reason.message,
        cause: object(serde_json::json!(reason.cause)),
        event_position: event.as_ref().map(|event| event.place.to_string()),
        event_version: event.as_ref().map(|event| event.version),
        event_type: event.as_ref().map(|event| event.event_type.clone()),
        event_recorded_at: event.as_ref().map(|event| event.recorded_at),
    };
    Ok(reasons.into_iter().zip(events).map(body).collect())
}

/// A kind of which no more can be said is an object, too, so that programs need not tell two forms apart.
fn object(cause: Value) -> Value {
    match cause {
        Value::String(kind) => Value::Object([(kind, Value::Object(Map::new()))].into_iter().collect()),
        cause => cause,
    }
}
