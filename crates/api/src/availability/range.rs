//! `GET /availability`: the times of a range of dates.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::{Datelike, NaiveDate};
use daybook_domain::ids::MeetingTypeId;
use daybook_domain::time::Interval;
use daybook_domain::zone::Zone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::CachedAnswer;
use super::slot::SlotBody;
use crate::extract::query;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Dates at most in one answer.
const MOST_DATES: i64 = 62;
/// Years that dates may lie in: what zone data can be trusted with.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2200;

/// Which times are asked for.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RangeQuery {
    /// The kind of meeting.
    #[param(value_type = Uuid)]
    pub meeting_type_id: MeetingTypeId,
    /// First date, in `timezone`.
    #[param(example = "2027-01-11")]
    pub start_date: NaiveDate,
    /// Last date, in `timezone`; at most 62 dates in all.
    #[param(example = "2027-01-15")]
    pub end_date: NaiveDate,
    /// The zone in which the dates are meant; the host's if not given.
    #[param(value_type = Option<String>, example = "Europe/London")]
    pub timezone: Option<Zone>,
}

/// The times that can be booked, by date.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RangeAnswer {
    /// The kind of meeting.
    pub meeting_type_id: Uuid,
    /// The zone of the dates.
    pub time_zone: String,
    /// Times by date; dates without any are left out.
    pub slots: BTreeMap<NaiveDate, Vec<SlotBody>>,
}

/// The times of a range of dates
///
/// Every time listed can be booked as long as nobody else books it first.
#[utoipa::path(
    get, path = "/api/availability", tag = "availability", params(RangeQuery),
    responses(
        (status = 200, description = "The times, by date", body = RangeAnswer),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 404, description = "No such meeting type", body = ProblemBody),
    )
)]
pub async fn range(State(api): State<Api>, RawQuery(raw): RawQuery) -> Answer<Response> {
    let timed = api.metrics.availability.begin();
    let raw = raw.unwrap_or_default();
    // The query as it was sent is the key: the same text asks for the same thing, and a hit parses nothing.
    if let Some(body) = api.availability.answer(&raw, api.clock.now()) {
        timed.hit();
        return Ok(json(body));
    }
    let asked: RangeQuery = query::read(&raw)?;
    let answer = compute(&api, &asked).await?;
    let body = answer.body.clone();
    api.availability.keep(&raw, answer);
    timed.miss();
    Ok(json(body))
}

fn json(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

/// The time from the first date to the last one, both included, or the rule that they break.
pub(super) fn dates(zone: &Zone, start_date: NaiveDate, end_date: NaiveDate) -> Answer<Interval> {
    for (field, date) in [("start_date", start_date), ("end_date", end_date)] {
        if !YEARS.contains(&date.year()) {
            return Err(Problem::invalid(field, "must be in the years 1970 to 2200"));
        }
    }
    match (end_date - start_date).num_days() {
        ..0 => Err(Problem::invalid("end_date", "must not be before start_date")),
        0..MOST_DATES => {
            let days = zone.days(start_date, end_date);
            days.ok_or_else(|| Problem::invalid("start_date", "must be a date that the time zone has"))
        }
        _ => Err(Problem::invalid("end_date", "must be at most 61 days after start_date (62 dates)")),
    }
}

async fn compute(api: &Api, asked: &RangeQuery) -> Answer<CachedAnswer> {
    // Taken before anything is read, so that news that arrive meanwhile are not missed.
    let epoch = api.availability.epoch();
    let offer = api.offer(asked.meeting_type_id).await?;
    let zone = asked.timezone.as_ref().unwrap_or_else(|| offer.zone());
    let range = dates(zone, asked.start_date, asked.end_date)?;
    let now = api.clock.now();
    let mut slots: BTreeMap<NaiveDate, Vec<SlotBody>> = BTreeMap::new();
    for slot in offer.offered(range, now) {
        let body = SlotBody::from(&slot);
        slots.entry(zone.date_of(body.start_time)).or_default().push(body);
    }
    let answer = RangeAnswer { meeting_type_id: asked.meeting_type_id.0, time_zone: zone.to_string(), slots };
    let body = serde_json::to_vec(&answer).map_err(|error| Problem::internal(&error))?.into();
    let valid_until = offer.changes_at(range, now);
    Ok(CachedAnswer { versions: offer.versions().collect(), epoch, valid_until, body })
}
