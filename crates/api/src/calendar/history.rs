//! `GET /calendar/history`: the events of one's own calendar.

use axum::extract::State;
use chrono::{DateTime, Utc};
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::BookingId;
use daybook_event_store::{HistoryRange, RecordedEvent};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::auth::Host;
use crate::extract::{Json, Query, instant};
use crate::page::{self, Page};
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Which events.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Only events after this version of the calendar.
    pub after_version: Option<u64>,
    /// Only events of this type.
    #[param(example = "BookingRequested")]
    pub r#type: Option<String>,
    /// Only what this actor did: `guest`, `host:<id>`, `admin:<id>` or `system:<part>`.
    #[param(max_length = 100, example = "guest")]
    pub actor: Option<String>,
    /// Only what happened to this booking.
    #[param(value_type = Option<Uuid>)]
    pub booking_id: Option<BookingId>,
    /// Only what was recorded then or later.
    #[serde(default, deserialize_with = "instant::read_optional")]
    pub from: Option<DateTime<Utc>>,
    /// Only what was recorded before.
    #[serde(default, deserialize_with = "instant::read_optional")]
    pub to: Option<DateTime<Utc>>,
    /// Events at most, 1 to 100; 50 if not given.
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// An event of a calendar.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistoryEvent {
    /// Its place in the calendar's stream, from 1.
    pub version: u64,
    /// Its place in the whole log.
    #[schema(example = "742-1")]
    pub position: String,
    /// What happened.
    #[schema(example = "BookingConfirmed")]
    pub r#type: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who did it: `guest`, `host:<id>`, `admin:<id>` or `system:<part>`.
    pub actor: String,
    /// The request that led to it.
    pub correlation_id: String,
    /// What exactly happened.
    pub data: Value,
}

/// The events of your calendar, oldest first
///
/// Personal data is readable here, except that of people who were erased.
#[utoipa::path(
    get, path = "/api/calendar/history", tag = "calendar", params(HistoryQuery),
    responses(
        (status = 200, description = "The events", body = Page<HistoryEvent>),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn history(
    State(api): State<Api>,
    host: Host,
    Query(query): Query<HistoryQuery>,
) -> Answer<Json<Page<HistoryEvent>>> {
    let limit = page::limit(query.limit)?.get();
    let seen = query.cursor.as_deref().map(str::parse::<u64>).transpose();
    let seen = seen.map_err(|_| Problem::invalid("cursor", "must be a next_cursor of this list"))?;
    if let Some(wanted) = &query.r#type
        && !CalendarEvent::TYPES.iter().any(|(known, _)| known == wanted)
    {
        return Err(Problem::invalid("type", "must be the name of an event such as BookingRequested"));
    }
    if query.actor.as_ref().is_some_and(|actor| actor.chars().count() > 100 || actor.chars().any(char::is_control)) {
        return Err(Problem::invalid("actor", "must have at most 100 characters and no control characters"));
    }
    let after = seen.into_iter().chain(query.after_version).max().unwrap_or(0);
    let types = query.r#type.as_deref();
    let range = HistoryRange {
        after,
        event_types: types.as_ref().map(std::slice::from_ref),
        actor: query.actor.as_deref(),
        booking: query.booking_id,
        from: query.from,
        to: query.to,
        ..HistoryRange::default()
    };
    let events = api.history.events(host.calendar(), range, limit + 1).await?;
    let page = events.len().min(limit as usize);
    let (more, events) = (page < events.len(), &events[..page]);
    let opened = api.opened(events).await?;
    let items: Vec<_> = events.iter().zip(&opened).map(|(recorded, event)| shown(recorded, event)).collect();
    let next_cursor = if more { items.last().map(|last| last.version.to_string()) } else { None };
    Ok(Json(Page { items, next_cursor }))
}

/// An event as it is shown: what the log has of it, with its personal data readable.
pub(crate) fn shown(recorded: &RecordedEvent, event: &CalendarEvent) -> HistoryEvent {
    let mut data = serde_json::to_value(event).unwrap_or_default();
    if let Some(fields) = data.as_object_mut() {
        fields.remove("type");
    }
    let metadata = recorded.metadata();
    HistoryEvent {
        version: recorded.version,
        position: recorded.place.to_string(),
        r#type: recorded.event_type.clone(),
        recorded_at: recorded.recorded_at,
        actor: metadata.actor,
        correlation_id: metadata.correlation_id,
        data,
    }
}
