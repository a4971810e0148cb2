//! A handler that panics answers 500, and takes nothing down with it.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::problem::{Code, Problem};

/// The answer in place of the one that a panicking handler owes. Logged here with the request's id, once.
#[expect(clippy::needless_pass_by_value, reason = "tower-http calls it so")]
pub(crate) fn answer(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("not a text"), "a handler panicked");
    Problem::new(Code::Internal, "something went wrong on our side; the request id helps us find it").into_response()
}
