//! The outermost layer: the request's id, its time limit, its place in the log, and the rendering of problems.
//!
//! One layer instead of a stack of general ones: the availability answer is only a cache hit away, so each wrapper shows.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::field::Empty;
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::trace_parent::TraceParent;
use super::{headers, problems};
use crate::metrics::Outcome;
use crate::problem::{Code, Problem};

/// How long a request may take, whatever it waits for.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// Carries a request's id, both ways.
pub static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: the correlation id of every event that it causes.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// The caller's own id if it is a UUID, so that it can follow its request through our logs; otherwise a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self::given(headers).unwrap_or_else(|| Self(Uuid::now_v7()))
    }

    /// As [`of`](Self::of); without an id of its own, a request goes by that of the trace it belongs to.
    fn within(headers: &HeaderMap, trace: Option<TraceParent<'_>>) -> Self {
        Self::given(headers).or(trace.map(|trace| Self(trace.trace))).unwrap_or_else(|| Self(Uuid::now_v7()))
    }

    fn given(headers: &HeaderMap) -> Option<Self> {
        headers.get(&REQUEST_ID).and_then(|id| Uuid::try_parse_ascii(id.as_bytes()).ok()).map(Self)
    }

    /// The id as the answer carries it.
    pub(crate) fn header(self) -> HeaderValue {
        let mut text = Uuid::encode_buffer();
        HeaderValue::from_str(self.0.hyphenated().encode_lower(&mut text)).expect("digits and hyphens")
    }
}

/// Wraps the whole router.
pub async fn edge(mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let trace = TraceParent::of(request.headers());
    let id = RequestId::within(request.headers(), trace);
    let span = span(id, trace, &request);
    request.extensions_mut().insert(id);
    let embeddable = headers::is_embeddable(request.uri().path());
    let changes_something = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    let answer = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).instrument(span.clone()).await;
    let mut response = answer.unwrap_or_else(|_| {
        let wait = Duration::from_secs(1);
        Problem::new(Code::Unavailable, "the request took too long").retry_after(wait).into_response()
    });
    problems::render(&mut response, id);
    headers::secure(response.headers_mut(), embeddable);
    response.headers_mut().insert(REQUEST_ID.clone(), id.header());
    span.in_scope(|| log(id, changes_something, response.status(), begun.elapsed()));
    response
}

/// Everything that is logged on the way of a request carries these. The route, not the path; neither query nor headers: what
/// somebody asks for may be personal, or a token.
fn span(id: RequestId, trace: Option<TraceParent<'_>>, request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    tracing::info_span!(
        "request",
        correlation_id = %id.0,
        trace_parent = trace.map(|trace| trace.text),
        method = %request.method(),
        route,
        host = Empty,
        otel.kind = "server",
    )
}

/// A line for each request that may have changed something; for others only where somebody looks closely.
fn log(id: RequestId, changes_something: bool, status: StatusCode, took: Duration) {
    let latency_ms = took.as_secs_f64() * 1e3;
    let (outcome, status) = (Outcome::of(status).label(), status.as_u16());
    if changes_something {
        tracing::info!(request_id = %id.0, status, outcome, latency_ms, "answered");
    } else {
        tracing::debug!(request_id = %id.0, status, outcome, latency_ms, "answered");
    }
}
