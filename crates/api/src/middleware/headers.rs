//! Security headers (A3).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Sent with every answer.
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000")),
];

/// Nothing of the API is a page.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Whether other sites may frame the answer: only the embed.
pub(crate) fn is_embeddable(path: &str) -> bool {
    path.starts_with("/embed/")
}

/// Adds the headers, keeping what a handler has set itself.
pub(crate) fn secure(headers: &mut HeaderMap, embeddable: bool) {
    for (name, value) in &ALWAYS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    if !embeddable {
        headers.entry(header::X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(POLICY);
    }
}
