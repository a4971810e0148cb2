//! `GET /calendar`: one's own calendar as it is, or was (E7).

use std::collections::HashMap;

use axum::extract::State;
use chrono::{DateTime, Utc};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::booking::Booking;
use daybook_domain::ids::{BookingId, HostId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::Host;
use crate::bookings::booking::{BookingBody, Particulars};
use crate::extract::{Json, Query, instant};
use crate::meeting_types::body::MeetingTypeBody;
use crate::page;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::schedules::body::ScheduleBody;
use crate::state::Api;
use crate::users::body::TimeZoneChangeBody;

/// Which moment.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CalendarQuery {
    /// As it was at this instant, by the time events were recorded.
    #[serde(default, deserialize_with = "instant::read_optional")]
    #[param(example = "2027-01-12T09:00:00Z")]
    pub as_of: Option<DateTime<Utc>>,
    /// As it was when it had just reached this version; not together with `as_of`.
    pub version: Option<u64>,
    /// Bookings at most, 1 to 100; 50 if not given.
    pub limit: Option<u32>,
    /// The `next_cursor` of the page of bookings before.
    pub cursor: Option<String>,
}

/// A calendar at some moment.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Calendar)]
pub struct CalendarBody {
    /// Whose it is.
    pub host_id: Uuid,
    /// Its version then: the number of its events.
    pub version: u64,
    /// The moment that was asked for.
    pub as_of: DateTime<Utc>,
    /// Where the host's clock was.
    #[schema(example = "Europe/London")]
    pub time_zone: String,
    /// Stays in other zones that were announced by then.
    pub time_zone_changes: Vec<TimeZoneChangeBody>,
    /// Its schedules.
    pub schedules: Vec<ScheduleBody>,
    /// Its meeting types, those of the host's teams among them.
    pub meeting_types: Vec<MeetingTypeBody>,
    /// Bookings that were upcoming or had ended less than 35 days before, earliest first: a page of them.
    pub bookings: Vec<BookingBody>,
    /// Asks for the next page of bookings; none on the last one.
    pub next_cursor: Option<String>,
}

/// Your calendar as it is, or was
///
/// Settings and bookings as they stood at an instant or version, replayed from the log. What guests said of themselves is as
/// they said it, unless they were erased since.
#[utoipa::path(
    get, path = "/api/calendar", tag = "calendar", params(CalendarQuery),
    responses(
        (status = 200, description = "The calendar then", body = CalendarBody),
        (status = 400, description = "A parameter breaks a rule: a moment that is not over, or before the calendar", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn show(
    State(api): State<Api>,
    host: Host,
    Query(query): Query<CalendarQuery>,
) -> Answer<Json<CalendarBody>> {
    let id = host.calendar();
    let now = api.clock.now();
    let (calendar, as_of) = match (query.as_of, query.version) {
        (Some(_), Some(_)) => return Err(Problem::invalid("version", "must not be given together with as_of")),
        (Some(instant), None) => (api.calendar_at(id, instant).await?, instant),
        (None, Some(version)) => (api.calendar_at_version(id, version).await?, now),
        (None, None) => ((*api.store.calendar(id).await?).clone(), now),
    };
    let settings = &calendar.availability().settings;
    let (bookings, next_cursor) = bookings(&api, id, &calendar, &query, as_of).await?;
    let is_default = |schedule| settings.default_schedule == Some(schedule);
    Ok(Json(CalendarBody {
        host_id: id.0,
        version: calendar.version(),
        as_of,
        time_zone: settings.zones.home.to_string(),
        time_zone_changes: settings.zones.changes.iter().map(TimeZoneChangeBody::from).collect(),
        schedules: settings.schedules.iter().map(|s| ScheduleBody::new(s, is_default(s.id))).collect(),
        meeting_types: settings
            .meeting_types
            .iter()
            .map(|t| MeetingTypeBody::new(t.team_id.map_or(id, HostId::from), t))
            .collect(),
        bookings,
        next_cursor,
    }))
}

/// A page of bookings, ordered by start and id.
async fn bookings(
    api: &Api,
    host: HostId,
    calendar: &HostCalendar,
    query: &CalendarQuery,
    as_of: DateTime<Utc>,
) -> Answer<(Vec<BookingBody>, Option<String>)> {
    let most = page::limit(query.limit)?.get() as usize;
    let after = query.cursor.as_deref().map(cursor).transpose()?;
    let mut all: Vec<&Booking> =
        calendar.bookings().filter(|b| after.is_none_or(|after| after < (b.start, b.id))).collect();
    all.sort_unstable_by_key(|booking| (booking.start, booking.id));
    let more = all.len() > most;
    all.truncate(most);
    let next = all.last().filter(|_| more).map(|last| format!("{}_{}", last.start.timestamp(), last.id));

    let ids: Vec<BookingId> = all.iter().map(|booking| booking.id).collect();
    let rows = api.read_models.bookings_by_ids(host, &ids).await?;
    let mut rows: HashMap<BookingId, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    let body = |booking: &Booking| match rows.remove(&booking.id) {
        Some(row) => {
            let mut body = BookingBody::from_row(row, as_of).brought_up_to(booking, as_of);
            // Said when it was called off, and not before.
            body.cancellation_reason = body.cancellation_reason.filter(|_| !booking.status.is_active());
            body
        }
        // The read model has not met it yet.
        None => BookingBody::new(host, booking, Particulars::default(), as_of),
    };
    Ok((all.into_iter().map(body).collect(), next))
}

fn cursor(text: &str) -> Answer<(DateTime<Utc>, BookingId)> {
    let parse = || {
        let (start, id) = text.split_once('_')?;
        Some((DateTime::from_timestamp(start.parse().ok()?, 0)?, id.parse().ok()?))
    };
    parse().ok_or_else(|| Problem::invalid("cursor", "must be a next_cursor of this list"))
}
