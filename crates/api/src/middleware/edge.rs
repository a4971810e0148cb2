//! The outermost layer: the request's id, its time limit, its place in the log, and the rendering of problems.
//!
//! One layer instead of a stack of general ones: the availability answer is only a cache hit away, so each wrapper shows.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use uuid::Uuid;

use super::{headers, problems};
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
        let given = headers.get(&REQUEST_ID).and_then(|id| Uuid::try_parse_ascii(id.as_bytes()).ok());
        Self(given.unwrap_or_else(Uuid::now_v7))
    }

    /// The id as the answer carries it.
    pub(crate) fn header(self) -> HeaderValue {
        let mut text = Uuid::encode_buffer();
        HeaderValue::from_str(self.0.hyphenated().encode_lower(&mut text)).expect("digits and hyphens")
    }
}

/// Wraps the whole router.
pub async fn edge(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id);
    let embeddable = headers::is_embeddable(request.uri().path());
    // Neither query nor headers: they may carry tokens.
    let span = tracing::info_span!("request", id = %id.0, method = %request.method(), path = request.uri().path());
    let answer = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).instrument(span).await;
    let mut response = answer.unwrap_or_else(|_| {
        let wait = Duration::from_secs(1);
        Problem::new(Code::Unavailable, "the request took too long").retry_after(wait).into_response()
    });
    problems::render(&mut response, id);
    headers::secure(response.headers_mut(), embeddable);
    response.headers_mut().insert(REQUEST_ID.clone(), id.header());
    response
}
