//! Renders every error as problem+json, whoever raised it.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::edge::RequestId;
use crate::problem::{Code, Problem};

/// Writes the body of a [`Problem`]; an error that the framework raised on its own becomes one first.
pub(crate) fn render(response: &mut Response, id: RequestId) {
    let Some(problem) = response.extensions_mut().remove::<Problem>().or_else(|| raised_by_framework(response)) else {
        return;
    };
    let body = serde_json::to_vec(&problem.body(&id.0.to_string())).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(body);
}

fn raised_by_framework(response: &Response) -> Option<Problem> {
    let is_ours = |value: &HeaderValue| value.as_bytes().starts_with(b"application/");
    if response.headers().get(header::CONTENT_TYPE).is_some_and(is_ours) {
        return None;
    }
    let (code, detail) = match response.status() {
        StatusCode::NOT_FOUND => (Code::NotFound, "there is nothing at this path"),
        StatusCode::METHOD_NOT_ALLOWED => {
            (Code::MethodNotAllowed, "this path does not know the method; see the Allow header")
        }
        StatusCode::PAYLOAD_TOO_LARGE => (Code::PayloadTooLarge, "the body is larger than this operation takes"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (Code::UnsupportedMediaType, "the body must be application/json"),
        status if status.is_server_error() => (Code::Internal, "something went wrong on our side"),
        status if status.is_client_error() => (Code::ValidationError, "the request is not well-formed"),
        _ => return None,
    };
    Some(Problem::new(code, detail))
}
