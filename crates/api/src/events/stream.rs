//! `GET /events/stream`: what happens, as it happens, and what has happened before.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::admission::Full;
use super::begin::{self, From};
use super::delivery::Delivery;
use crate::auth::Audience;
use crate::extract::Query;
use crate::problem::{Answer, Code, Problem, ProblemBody};
use crate::state::Api;

/// Pieces of the stream that are ready before the consumer has taken those before.
const AHEAD: usize = 2;

/// Where to begin.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// As the header `Last-Event-ID`, for clients that cannot set it; the header comes first.
    #[param(example = "742-1")]
    pub last_event_id: Option<String>,
    /// Where to begin without either: with the first event, or with what happens from `now` on, which is the default.
    #[param(inline)]
    pub from: Option<From>,
}

const EXAMPLE: &str = "\
retry: 2000
id: 741-7

id: 742-8
event: daybook.BookingConfirmed.v1
data: {\"specversion\":\"1.0\",\"id\":\"01a1f96c-ba38-751c-b880-291d25be5252\",\"source\":\"/calendars/01a1f96c-94c6-7ee7-8f79-dfaf77631435\",\"type\":\"daybook.BookingConfirmed.v1\",\"subject\":\"01a1f96c-ba38-751c-b880-291d25be5253\",\"time\":\"2026-11-20T14:00:00.123456Z\",\"datacontenttype\":\"application/json\",\"sequence\":\"742-8\",\"data\":{\"version\":4,\"actor\":\"guest\",\"causation_id\":null,\"correlation_id\":\"01a1f96c-ba38-751c-b880-291d25be5254\",\"booking_id\":\"01a1f96c-ba38-751c-b880-291d25be5253\",\"confirmed_at\":\"2026-11-20T14:00:00Z\"}}

: still here

";

/// The events of the log, as they happen
///
/// Server-Sent Events, each a CloudEvent 1.0 in JSON, in the order of the log, without gaps or repetition: `id` is the event's
/// position, `event` its type. Comments keep the connection alive. A consumer that comes back with the last `id` it has
/// handled as `Last-Event-ID` (browsers do so by themselves) goes on where it was, however far behind. The `id` before the
/// first event is the place where the stream began.
///
/// A host sees the events of their calendar and an admin those of all, both with readable personal data, except that of people
/// who were erased. An API key with the scope `analytics` sees all events without personal data.
///
/// `Last-Event-ID` must be the id of an event of this stream, or `0-0` for its beginning. Anything else has been got from
/// another log, or from this one before it was restored to an earlier state, and is refused: the consumer must begin anew.
///
/// A stream ends when the session or API key ends, or the node stops. There are at most 16 of an account at a time.
#[utoipa::path(
    get, path = "/api/events/stream", tag = "events",
    params(
        StreamQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was handled", example = "742-1"),
    ),
    responses(
        (status = 200, description = "The events, for as long as the connection lasts", content_type = "text/event-stream",
            body = String, example = json!(EXAMPLE)),
        (status = 400, description = "A parameter breaks a rule, or `Last-Event-ID` never was", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 403, description = "The API key is not for events", body = ProblemBody),
    )
)]
pub async fn stream(
    State(api): State<Api>,
    audience: Audience,
    headers: HeaderMap,
    Query(query): Query<StreamQuery>,
) -> Answer<Response> {
    let events = &api.events;
    if events.stopping.is_cancelled() {
        let elsewhere = Problem::new(Code::Unavailable, "this node is shutting down");
        return Err(elsewhere.retry_after(Duration::from_secs(1)));
    }
    let selection = audience.view.selection();
    let begins = query.from.unwrap_or_default();
    let after = begin::place(&events.feed, selection, &headers, query.last_event_id.as_deref(), begins).await?;
    let permit = events.admission.admit(audience.account).inspect_err(|full| {
        if *full == Full::Account {
            api.metrics.rate_limited("event_streams");
        }
    })?;
    let (out, mut pieces) = mpsc::channel(AHEAD);
    let delivery = Delivery {
        subscription: events.tail.subscribe(selection, after),
        stopping: events.stopping.clone(),
        api: api.clone(),
        audience,
        out,
        _permit: permit,
    };
    events.tasks.spawn(delivery.run());
    let pieces =
        stream::poll_fn(move |context| pieces.poll_recv(context).map(|piece| piece.map(Ok::<_, std::io::Error>)));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // Reverse proxies of nginx's kind hold answers back to fill their buffers.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}
