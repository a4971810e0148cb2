//! `GET /availability/slots`: the times of one date, with wall clocks.

use axum::extract::State;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use daybook_domain::ids::MeetingTypeId;
use daybook_domain::zone::Zone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::slot::SlotBody;
use crate::extract::{Json, Query};
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Which date is asked for.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DayQuery {
    /// The kind of meeting.
    #[param(value_type = Uuid)]
    pub meeting_type_id: MeetingTypeId,
    /// The date, in `timezone`.
    #[param(example = "2027-01-12")]
    pub date: NaiveDate,
    /// The zone in which the date is meant; the host's if not given.
    #[param(value_type = Option<String>, example = "Europe/London")]
    pub timezone: Option<Zone>,
}

/// The times of one date.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DayAnswer {
    /// The date.
    pub date: NaiveDate,
    /// The zone of the date and the wall clocks.
    pub timezone: String,
    /// The times, earliest first.
    pub slots: Vec<DaySlot>,
}

/// A time that can be booked, with its wall clock.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DaySlot {
    /// When it starts, on the wall clock.
    #[schema(example = "09:00")]
    pub start: String,
    /// When it ends, on the wall clock.
    #[schema(example = "09:30")]
    pub end: String,
    /// When it starts.
    pub start_time: DateTime<Utc>,
    /// When it ends.
    pub end_time: DateTime<Utc>,
    /// Seats that are still free; only for group meetings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats_left: Option<u16>,
}

/// The times of one date
#[utoipa::path(
    get, path = "/api/availability/slots", tag = "availability", params(DayQuery),
    responses(
        (status = 200, description = "The times of the date", body = DayAnswer),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 404, description = "No such meeting type", body = ProblemBody),
    )
)]
pub async fn day(State(api): State<Api>, Query(asked): Query<DayQuery>) -> Answer<Json<DayAnswer>> {
    let timed = api.metrics.availability.begin();
    if !(1970..=2200).contains(&asked.date.year()) {
        return Err(Problem::invalid("date", "must be in the years 1970 to 2200"));
    }
    let offer = api.offer(asked.meeting_type_id).await?;
    let zone = asked.timezone.unwrap_or_else(|| offer.zone().clone());
    let rule = || Problem::invalid("date", "must be a date that the time zone has");
    let day = zone.day(asked.date).ok_or_else(rule)?;
    let slots = offer.offered(day, api.clock.now());
    let wall_clock = |at| zone.wall_clock(at).1;
    let slots = slots.iter().map(SlotBody::from).map(|slot| DaySlot {
        start: wall_clock(slot.start_time),
        end: wall_clock(slot.end_time),
        start_time: slot.start_time,
        end_time: slot.end_time,
        seats_left: slot.seats_left,
    });
    let answer = DayAnswer { date: asked.date, timezone: zone.to_string(), slots: slots.collect() };
    timed.uncached();
    Ok(Json(answer))
}
