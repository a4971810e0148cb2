//! `POST /bookings`: a guest books a time.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use daybook_domain::calendar::command::{CalendarCommand, RequestBooking, RequestSeries};
use daybook_domain::calendar::event::Guest;
use daybook_domain::calendar::recurrence::Recurrence;
use daybook_domain::ids::{BookingId, MeetingTypeId, SeriesId};
use daybook_domain::personal::{Personal, Subject};
use daybook_domain::questions;
use daybook_domain::text::{Description, EmailAddress, Name};
use daybook_domain::zone::Zone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::booked::{BookedAnswer, DuplicateAnswer, booked_in, created, duplicate};
use super::booking::AnswerBody;
use super::idempotency::{IdempotencyKey, Once, once, replayed};
use crate::auth::Caller;
use crate::commands::{Failure, Order};
use crate::extract::Json;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Guests that one may bring along.
const MOST_GUESTS: usize = 10;
/// Meetings of a series at most.
const MOST_MEETINGS: u16 = 52;

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
    /// Answers to the meeting type's questions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<AnswerBody>, max_items = 30)]
    pub answers: Vec<questions::Answer>,
    /// Whom the guest brings along.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 10)]
    pub guests: Vec<EmailAddress>,
    /// Books the time again and again, at the same time of day for the host: all of it, or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RecurrenceBody>)]
    pub recurrence: Option<Recurrence>,
}

/// How a meeting is repeated.
#[derive(ToSchema)]
#[schema(as = Recurrence)]
#[expect(dead_code, reason = "describes the domain's own type")]
pub struct RecurrenceBody {
    /// `daily` or `weekly`.
    #[schema(example = "weekly")]
    frequency: String,
    /// Days or weeks from one meeting to the next, 1 to 12.
    #[schema(minimum = 1, maximum = 12, example = 1)]
    interval: u16,
    /// Meetings in all, 2 to 52.
    #[schema(minimum = 2, maximum = 52, example = 4)]
    count: u16,
}

/// Book a time
///
/// Takes the time if it is offered and still free, and holds it until the host confirms if the meeting type asks for that. Send an `Idempotency-Key` to make retries safe: the first answer is
/// replayed. Without one, the same guest asking for the same time again is told of the booking they have.
#[utoipa::path(
    post, path = "/api/bookings", tag = "bookings", request_body = BookRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes retries safe; kept as long as the booking")),
    responses(
        (status = 201, description = "Booked", body = BookedAnswer),
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
        Ok(subject) => api.execute(&order, request(subject)).await,
        Err(failure) => Err(failure),
    };
    match executed {
        Ok(done) => {
            let (host, events) = booked_in(host, done).ok_or_else(|| Problem::not_found("booking"))?;
            created(&api, host, &events).await
        }
        Err(Failure::AlreadyBooked(booking)) => duplicate(&api, booking).await,
        Err(Failure::AnsweredBefore(earlier)) => Ok(replayed(created(&api, earlier.host, &earlier.events).await?)),
        Err(Failure::Contended) => Err(api.taken(host, body.meeting_type_id, body.start_time, None).await?),
        Err(Failure::Refused(problem)) => Err(problem),
    }
}

fn asked(api: &Api, body: &BookRequest, subject: Subject, repeat_is_duplicate: bool) -> CalendarCommand {
    let guest = Guest {
        name: body.invitee_name.clone(),
        email: body.invitee_email.clone(),
        notes: body.notes.clone(),
        guests: body.guests.clone(),
        answers: body.answers.clone(),
    };
    let guest = Personal::plain(guest, subject);
    if let Some(recurrence) = body.recurrence {
        // A count beyond its rule is refused by the calendar: no more ids than that are needed to say so.
        let count = recurrence.count.min(MOST_MEETINGS);
        return CalendarCommand::RequestSeries(Box::new(RequestSeries {
            series_id: SeriesId(api.clock.new_id()),
            meeting_type_id: body.meeting_type_id,
            start: body.start_time,
            recurrence,
            booking_ids: (0..count).map(|_| BookingId(api.clock.new_id())).collect(),
            guest,
            guest_time_zone: body.invitee_timezone.clone(),
        }));
    }
    CalendarCommand::RequestBooking(Box::new(RequestBooking {
        booking_id: BookingId(api.clock.new_id()),
        meeting_type_id: body.meeting_type_id,
        start: body.start_time,
        guest,
        guest_time_zone: body.invitee_timezone.clone(),
        repeat_is_duplicate,
    }))
}
