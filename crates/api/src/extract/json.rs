//! A JSON body.

use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{body, refuse};
use crate::problem::{Code, Problem};

/// A JSON body: read strictly, or sent.
///
/// An absent body reads as `{}`, so that a `DELETE` with only optional members needs none.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let media_type =
            request.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or("").to_owned());
        let body = body::read(request.into_body()).await?;
        if body.is_empty() && media_type.is_none() {
            return read(b"{}").map(Self);
        }
        let essence = media_type.as_deref().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(Code::UnsupportedMediaType, "the body must be application/json"));
        }
        read(&body).map(Self)
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // serde would also take a list of the fields in their order.
    if !body.trim_ascii_start().starts_with(b"{") {
        let is_json = serde_json::from_slice::<IgnoredAny>(body).is_ok();
        return Err(Problem::invalid("body", if is_json { "must be a JSON object" } else { MALFORMED }));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // Some values of a wrong type are syntax errors to serde_json; the field is to blame if the text itself is JSON.
        let is_json = error.inner().is_data() || serde_json::from_slice::<IgnoredAny>(body).is_ok();
        if is_json { refuse(&error, "body") } else { Problem::invalid("body", MALFORMED) }
    })?;
    json.end().map_err(|_| Problem::invalid("body", "must be one JSON value and nothing after it"))?;
    Ok(value)
}

const MALFORMED: &str = "must be well-formed JSON";

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}
