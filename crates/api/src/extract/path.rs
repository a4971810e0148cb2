//! Ids and names in the path.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path as AxumPath};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// Parts of the path, such as ids; a malformed one is refused by its name.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match AxumPath::<T>::from_request_parts(parts, state).await {
            Ok(AxumPath(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => Err(malformed(&error.body_text())),
            Err(_) => Err(malformed("")),
        }
    }
}

fn malformed(reason: &str) -> Problem {
    // axum says: Invalid URL: Cannot parse `id` with value `x`: reason
    let field = reason.split('`').nth(1).unwrap_or("path");
    let rule = if reason.contains("UUID") { "must be a UUID" } else { "is not valid" };
    Problem::invalid(field, rule)
}
