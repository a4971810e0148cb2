//! `POST /bookings`: a guest books a time.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::command::{CalendarCommand, RequestBooking};
use daybook_domain::calendar::event::{CalendarEvent, Guest};
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId};
use daybook_domain::personal::{Personal, Subject};
use daybook_domain::text::{Description, EmailAddress, Name};
use daybook_domain::zone::Zone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::BookingAnswer;
use super::booking::{BookingBody, Particulars, Status};
use super::idempotency::{IdempotencyKey, Once, once, replayed};
use super::manage_token::Right;
use crate::auth::Caller;
use crate::commands::{Failure, Order};
use crate::extract::Json;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Guests that one may bring along.
const MOST_GUESTS: usize = 10;

/// What a guest asks for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookRequest {
    /// Which kind of meeting.
    #[schema(value_type = Uuid)]
    pub meeting_type_id: MeetingTypeId,
    /// When it should start: a time that the availability offers.
    #[schema(example = "2027-01-12T09:00:00Z")]
    pub start_time: DateTime<Utc>,
    /// The guest's name.
    #[schema(value_type = String, min_length = 1, max_length = 120, example = "Ada Lovelace")]
    pub invitee_name: Name,
    /// Where the guest is written to.
    #[schema(value_type = String, format = "email", max_length = 254, example = "ada@example.org")]
    pub invitee_email: EmailAddress,
    /// The guest's time zone.
    #[schema(value_type = String, example = "Europe/London")]
    pub invitee_timezone: Zone,
    /// What the guest wants the host to know.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub notes: Option<Description>,
    /// Whom the guest brings along.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 10)]
    pub guests: Vec<EmailAddress>,
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

/// Book a time
///
/// Takes the time if it is offered and still free. Send an `Idempotency-Key` to make retries safe: the first answer is
/// replayed. Without one, the same guest asking for the same time again is told of the booking they have.
#[utoipa::path(
    post, path = "/api/bookings", tag = "bookings", request_body = BookRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes retries safe; kept as long as the booking")),
    responses(
        (status = 201, description = "Booked", body = BookingAnswer),
        (status = 200, description = "The guest has this booking already", body = DuplicateAnswer),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 404, description = "No such meeting type", body = ProblemBody),
        (status = 409, description = "The time is taken; with the nearest alternatives", body = ProblemBody),
        (status = 422, description = "The time is not offered, or no more bookings are taken", body = ProblemBody),
    )
)]
pub async fn book(
    State(api): State<Api>,
    request: RequestId,
    key: IdempotencyKey,
    Json(body): Json<BookRequest>,
) -> Answer<Response> {
    if body.guests.len() > MOST_GUESTS {
        return Err(Problem::invalid("guests", "must have at most 10 entries"));
    }
    let command_key = key.bind(&api, "POST /bookings", &body);
    let _turn = match once(&api, command_key.as_ref()).await? {
        Once::First(turn) => turn,
        Once::Again(earlier) => return Ok(replayed(created(&api, earlier.host, &earlier.events).await?)),
    };
    let host = api.host_of_meeting_type(body.meeting_type_id).await?;
    let order = Order { host, caller: Caller::guest(request), key: command_key };
    let request = |subject| asked(&api, &body, subject, !key.is_given());
    let executed = match api.subject(&order, &body.invitee_email, request).await {
        Ok(subject) => api.execute(&order, CalendarCommand::RequestBooking(Box::new(request(subject)))).await,
        Err(failure) => Err(failure),
    };
    match executed {
        Ok(done) => {
            let events: Vec<_> = done.events.into_iter().map(|(_, event)| event).collect();
            created(&api, host, &events).await
        }
        Err(Failure::AlreadyBooked(booking)) => duplicate(&api, host, booking).await,
        Err(Failure::AnsweredBefore(earlier)) => Ok(replayed(created(&api, earlier.host, &earlier.events).await?)),
        Err(Failure::Contended) => Err(api.taken(host, body.meeting_type_id, body.start_time, None).await?),
        Err(Failure::Refused(problem)) => Err(problem),
    }
}

fn asked(api: &Api, body: &BookRequest, subject: Subject, repeat_is_duplicate: bool) -> RequestBooking {
    let guest = Guest {
        name: body.invitee_name.clone(),
        email: body.invitee_email.clone(),
        notes: body.notes.clone(),
        guests: body.guests.clone(),
    };
    RequestBooking {
        booking_id: BookingId(api.clock.new_id()),
        meeting_type_id: body.meeting_type_id,
        start: body.start_time,
        guest: Personal::plain(guest, subject),
        guest_time_zone: body.invitee_timezone.clone(),
        repeat_is_duplicate,
    }
}

/// The answer is made of the events that the command caused, so that a replay gives the same one.
async fn created(api: &Api, host: HostId, events: &[CalendarEvent]) -> Answer<Response> {
    let mut calendar = HostCalendar::default();
    for event in events {
        calendar.evolve(event);
    }
    let found = events.iter().find_map(|event| match event {
        CalendarEvent::BookingRequested(request) => {
            calendar.booking(request.booking_id).map(|booking| (request, booking))
        }
        _ => None,
    });
    let (request, booking) = found.ok_or_else(|| Problem::not_found("booking"))?;
    let particulars = Particulars {
        guest: request.guest.get().cloned(),
        time_zone: request.guest_time_zone.to_string(),
        cancellation_reason: None,
    };
    let body = BookingBody::new(host, booking, particulars, request.requested_at);
    let headers = [(header::ETAG, body.entity_tag()), (header::CACHE_CONTROL, "no-store".to_owned())];
    Ok((StatusCode::CREATED, headers, Json(BookingAnswer::new(api, body, Right::Manage).await?)).into_response())
}

async fn duplicate(api: &Api, host: HostId, booking: BookingId) -> Answer<Response> {
    let calendar = api.store.calendar(host).await?;
    let held = calendar.booking(booking).ok_or_else(|| Problem::not_found("booking"))?;
    let body = BookingBody::new(host, held, Particulars::default(), api.clock.now());
    let BookingBody { id, start_time, end_time, status, .. } = body;
    let booking = DuplicateBooking { id, start_time, end_time, status };
    Ok((StatusCode::OK, Json(DuplicateAnswer { booking, duplicate: true })).into_response())
}
