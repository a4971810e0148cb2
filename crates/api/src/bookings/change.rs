//! What all changes of a booking have in common: who may, which revision they have seen, and the booking afterwards.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::BookingId;
use daybook_domain::time::Instant;
use daybook_event_store::AsOf;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::asker::Permission;
use super::idempotency::{Earlier, IdempotencyKey, Once, once, replayed};
use crate::commands::{Failure, Order, contended};
use crate::extract::Json;
use crate::problem::{Answer, Problem};
use crate::state::Api;

/// How a change is asked for: what it says, the version of the booking that its sender has seen, and the key of a retry.
pub struct Change<B> {
    /// What it says.
    pub body: B,
    key: IdempotencyKey,
    headers: HeaderMap,
}

/// The headers of every change, for its documentation.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes what is read by hand")]
pub struct ChangeHeaders {
    /// The booking's version, as `"1"`
    #[param(rename = "If-Match")]
    if_match: Option<String>,
    /// Makes retries safe
    #[param(rename = "Idempotency-Key")]
    idempotency_key: Option<String>,
}

impl<B: DeserializeOwned> FromRequest<Api> for Change<B> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Answer<Self> {
        let (mut parts, body) = request.into_parts();
        let key = IdempotencyKey::from_request_parts(&mut parts, api).await?;
        let headers = parts.headers.clone();
        let Json(body) = Json::from_request(Request::from_parts(parts, body), api).await?;
        Ok(Self { body, key, headers })
    }
}

impl<B: Serialize> Change<B> {
    /// The revision that the caller has seen: `version` in the body, or `If-Match: "3"`.
    pub fn seen(&self, version: Option<u32>) -> Answer<Option<u32>> {
        let Some(header) = self.headers.get(header::IF_MATCH) else { return Ok(version) };
        let text = header.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(version);
        }
        let tag = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
        let tagged =
            tag.parse().map_err(|_| Problem::invalid("If-Match", "must be the booking's version in quotes"))?;
        match version {
            Some(version) if version != tagged => Err(Problem::invalid("version", "must not contradict If-Match")),
            _ => Ok(Some(tagged)),
        }
    }

    /// Carries the change out once, and answers with the booking as it is then.
    pub async fn carry_out(
        &self,
        api: &Api,
        booking: BookingId,
        permission: Permission,
        operation: &str,
        command: CalendarCommand,
    ) -> Answer<Response> {
        let request = self.key.bind(api, &format!("{operation} {booking}"), &self.body);
        let _turn = match once(api, request.as_ref()).await? {
            Once::First(turn) => turn,
            Once::Again(earlier) => return Ok(replayed(as_of(api, booking, &permission, &earlier).await?)),
        };
        let moved_to = match &command {
            CalendarCommand::RescheduleBooking { start, .. } => Some(*start),
            _ => None,
        };
        let order = Order { host: permission.host, caller: permission.caller.clone(), key: request };
        match api.execute(&order, command).await {
            Ok(done) => {
                let events: Vec<_> = done.events.into_iter().map(|(_, event)| event).collect();
                answer(api, booking, &permission, &done.calendar, &events).await
            }
            Err(Failure::AnsweredBefore(earlier)) => Ok(replayed(as_of(api, booking, &permission, &earlier).await?)),
            Err(Failure::Contended) => Err(lost(api, booking, &permission, moved_to).await?),
            Err(Failure::AlreadyBooked(_)) => Err(Problem::not_found("booking")),
            Err(Failure::Refused(problem)) => Err(problem),
        }
    }
}

/// The answer to whoever lost the race to the end: somebody who wants to move is told where to.
async fn lost(api: &Api, id: BookingId, permission: &Permission, moved_to: Option<Instant>) -> Answer<Problem> {
    let Some(start) = moved_to else { return Ok(contended()) };
    let calendar = api.store.calendar(permission.host).await?;
    let booking = calendar.booking(id).ok_or_else(|| Problem::not_found("booking"))?;
    api.taken(permission.host, booking.meeting_type, start, Some(id)).await
}

/// The calendar's state and what the command did decide; the read model adds what neither keeps, the guest's particulars.
async fn answer(
    api: &Api,
    id: BookingId,
    permission: &Permission,
    calendar: &HostCalendar,
    events: &[CalendarEvent],
) -> Answer<Response> {
    let booking = calendar.booking(id).ok_or_else(|| Problem::not_found("booking"))?;
    let mut body = api.booking(permission.host, id).await?.brought_up_to(booking, api.clock.now());
    body.cancellation_reason = events.iter().find_map(|event| match event {
        CalendarEvent::BookingCancelled(cancelled) => cancelled.reason.as_ref()?.get().map(ToString::to_string),
        CalendarEvent::BookingDeclined(declined) => declined.reason.as_ref()?.get().map(ToString::to_string),
        _ => None,
    });
    let headers = [(header::ETAG, body.entity_tag()), (header::CACHE_CONTROL, "no-store".to_owned())];
    Ok((headers, Json(body)).into_response())
}

async fn as_of(api: &Api, id: BookingId, permission: &Permission, earlier: &Earlier) -> Answer<Response> {
    let calendar = api.history.state_as_of(earlier.host, AsOf::Version(earlier.version)).await?;
    answer(api, id, permission, &calendar, &earlier.events).await
}
