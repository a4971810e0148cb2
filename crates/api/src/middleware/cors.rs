//! What pages of other sites may read (A3): what a guest reads before booking, and nothing with credentials.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The routes that are open, as the router names them.
const OPEN: [&str; 7] = [
    "/api/availability",
    "/api/availability/slots",
    "/api/availability/check",
    "/api/availability/suggestions",
    "/api/meeting-types/{id}",
    "/api/users/{id}",
    "/api/{username}/{slug}",
];

/// With `*`, browsers send no cookies along and hand no answer to a page that asked them to.
const ANY: HeaderValue = HeaderValue::from_static("*");
const READABLE: HeaderValue =
    HeaderValue::from_static("ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, x-request-id");

/// Whether pages of any site may read this route's answers.
pub(crate) fn is_open(route: &str) -> bool {
    OPEN.contains(&route)
}

/// Whether a browser asks on behalf of a page whether it may send its request.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer: it may read.
pub(crate) fn preflight() -> Response {
    const ALLOWED: [(HeaderName, HeaderValue); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, ANY),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400")),
    ];
    (StatusCode::NO_CONTENT, ALLOWED).into_response()
}

/// Lets pages of any site read the answer.
pub(crate) fn open(method: &Method, headers: &mut HeaderMap) {
    // A route may know other methods, too; those are for our own pages.
    if method.is_safe() {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, READABLE);
    }
}
