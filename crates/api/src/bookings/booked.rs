//! What a guest is told who has booked: now, when the same request came first, or some time ago.

use std::iter;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::event::{BookingRequested, CalendarEvent};
use daybook_domain::ids::{BookingId, HostId};
use daybook_event_store::Executed;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::BookingAnswer;
use super::booking::{BookingBody, Particulars, Status};
use super::manage_token::Right;
use crate::extract::Json;
use crate::problem::{Answer, Problem};
use crate::state::Api;

/// What was booked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BookedAnswer {
    /// The booking; of a series, the first one.
    #[serde(flatten)]
    pub first: BookingAnswer,
    /// All bookings of the series, if it is one, each with its own token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<BookingAnswer>,
}

/// The guest has this booking already.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DuplicateAnswer {
    /// The booking they have.
    pub booking: DuplicateBooking,
    /// Always true.
    pub duplicate: bool,
}

/// A booking as far as somebody who only knows the guest's address may see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DuplicateBooking {
    /// Its id.
    pub id: Uuid,
    /// When it starts.
    pub start_time: DateTime<Utc>,
    /// When it ends.
    pub end_time: DateTime<Utc>,
    /// Where it stands.
    pub status: Status,
}

/// The calendar in which a command made a booking, and its events there: the host's own, or that of a team's member; of
/// several, the organiser's.
pub fn booked_in(host: HostId, done: Executed) -> Option<(HostId, Vec<CalendarEvent>)> {
    let Executed { events, beside, .. } = done;
    let all = iter::once((host, events)).chain(beside.into_iter().map(|(host, done)| (host, done.events)));
    let is_organiser = |host: HostId, events: &[(Uuid, CalendarEvent)]| {
        events.iter().any(|(_, event)| match event {
            CalendarEvent::BookingRequested(e) => e.is_organised_by(host),
            _ => false,
        })
    };
    let mut organised = all.filter(|(host, events)| is_organiser(*host, events));
    organised.next().map(|(host, events)| (host, events.into_iter().map(|(_, event)| event).collect()))
}

/// Answers with what the command's events say, so that a replay gives the same answer.
pub async fn created(api: &Api, host: HostId, events: &[CalendarEvent]) -> Answer<Response> {
    let mut calendar = HostCalendar::default();
    for event in events {
        calendar.evolve(event);
    }
    let requests = events.iter().filter_map(|event| match event {
        CalendarEvent::BookingRequested(request) => Some(request),
        _ => None,
    });
    let mut bookings = Vec::new();
    for request in requests {
        bookings.push(booked(api, host, &calendar, request).await?);
    }
    let first = bookings.first().cloned().ok_or_else(|| Problem::not_found("booking"))?;
    let headers = [(header::ETAG, first.booking.entity_tag()), (header::CACHE_CONTROL, "no-store".to_owned())];
    let series = if first.booking.series_id.is_some() { bookings } else { Vec::new() };
    Ok((StatusCode::CREATED, headers, Json(BookedAnswer { first, series })).into_response())
}

async fn booked(api: &Api, host: HostId, calendar: &HostCalendar, request: &BookingRequested) -> Answer<BookingAnswer> {
    let booking = calendar.booking(request.booking_id).ok_or_else(|| Problem::not_found("booking"))?;
    let particulars = Particulars {
        guest: request.guest.get().cloned(),
        time_zone: request.guest_time_zone.to_string(),
        cancellation_reason: None,
    };
    let body = BookingBody::new(host, booking, particulars, request.requested_at);
    BookingAnswer::new(api, body, Right::Manage).await
}

/// Answers whoever asks again for what they have: without a token, since whoever knows the address may be anybody.
pub async fn duplicate(api: &Api, booking: BookingId) -> Answer<Response> {
    let hosts = api.hosts_of_booking(booking).await?;
    let host = *hosts.first().ok_or_else(|| Problem::not_found("booking"))?;
    let calendar = api.store.calendar(host).await?;
    let held = calendar.booking(booking).ok_or_else(|| Problem::not_found("booking"))?;
    let body = BookingBody::new(host, held, Particulars::default(), api.clock.now());
    let BookingBody { id, start_time, end_time, status, .. } = body;
    let booking = DuplicateBooking { id, start_time, end_time, status };
    Ok((StatusCode::OK, Json(DuplicateAnswer { booking, duplicate: true })).into_response())
}
