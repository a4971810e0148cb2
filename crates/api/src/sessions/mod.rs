//! Logging in and out with a browser (A1). Programs use API keys instead.

pub mod log_in;
pub mod log_out;
pub mod password;
pub mod who;

use axum::http::{HeaderName, HeaderValue, header};

/// For answers that hold a secret or a person: no cache may keep them.
pub(crate) const NO_STORE: [(HeaderName, HeaderValue); 1] =
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
