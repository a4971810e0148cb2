//! The outermost layer: the request's id, its time limit, its place in the log, and the rendering of problems.
//!
//! One layer instead of a stack of general ones: the availability answer is only a cache hit away, so each wrapper shows.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use uuid::Uuid;

use super::{headers, problems};
use crate::problem::{Code, Problem};

/// How long a request may take, whatever it waits for.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: the correlation id of every event that it causes.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(pub Uuid);

/// Wraps the whole router.
pub async fn edge(mut request: Request, next: Next) -> Response {
    // A caller's own id is kept if it is a UUID, so that it can follow its request through our logs.
    let given = request.headers().get(&REQUEST_ID).and_then(|id| Uuid::try_parse_ascii(id.as_bytes()).ok());
    let id = RequestId(given.unwrap_or_else(Uuid::now_v7));
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
    if let Ok(value) = HeaderValue::try_from(id.0.to_string()) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    response
}
