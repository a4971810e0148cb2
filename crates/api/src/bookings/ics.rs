//! `GET /bookings/{id}/calendar.ics`: the booking as an iCalendar file (RFC 5545).

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use daybook_domain::ids::BookingId;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

use super::answer::BookingAnswer;
use super::asker::Asker;
use super::booking::Status;
use super::manage_token::Right;
use crate::extract::Path;
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// A booking for calendar programs
#[utoipa::path(
    get, path = "/api/bookings/{id}/calendar.ics", tag = "bookings",
    params(
        ("id" = uuid::Uuid, Path),
        ("X-Booking-Token" = Option<String>, Header, description = "The booking's token, for guests"),
        ("token" = Option<String>, Query, description = "The same, for links"),
    ),
    responses(
        (status = 200, description = "The booking", content_type = "text/calendar", body = String),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such booking, or not yours", body = ProblemBody),
    )
)]
pub async fn ics(State(api): State<Api>, Path(id): Path<BookingId>, asker: Asker) -> Answer<Response> {
    let permission = asker.permission(&api, id, Right::Read).await?;
    let booking = api.booking(permission.host, id).await?;
    let answer = BookingAnswer::new(&api, booking, Right::Read).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"booking.ics\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, file(&answer)).into_response())
}

/// UTC times need no VTIMEZONE. The UID stays for the booking's life and SEQUENCE rises with its version, so a program that
/// reads the file again moves its copy (RFC 5545 §3.8.4.7, §3.8.7.4).
fn file(answer: &BookingAnswer) -> String {
    let BookingAnswer { booking, host_name, meeting_type_name, .. } = answer;
    let status = match booking.status {
        Status::Pending => EventStatus::Tentative,
        Status::Confirmed | Status::Completed => EventStatus::Confirmed,
        Status::Declined | Status::Expired | Status::Cancelled => EventStatus::Cancelled,
    };
    let event = Event::new()
        .uid(&format!("{}@daybook", booking.id))
        .sequence(booking.version - 1)
        .timestamp(booking.updated_at)
        .summary(&format!("{meeting_type_name} with {host_name}"))
        .starts::<chrono::DateTime<Utc>>(booking.start_time)
        .ends::<chrono::DateTime<Utc>>(booking.end_time)
        .status(status)
        .done();
    Calendar::new().append_property(Property::new("METHOD", "PUBLISH").done()).push(event).done().to_string()
}
