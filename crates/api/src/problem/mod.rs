//! Errors as `application/problem+json` (RFC 9457) with the codes of the contract.

mod code;
mod mapping;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

pub use code::Code;

/// An answer other than success. Rendered by the [`middleware`](crate::middleware::problems), which knows the request's id.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    detail: String,
    details: Option<Value>,
    retry_after: Option<Duration>,
}

/// The handlers' result.
pub type Answer<T> = Result<T, Problem>;

impl Problem {
    /// A problem of this kind, explained in a sentence that may be shown to whoever asked.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), details: None, retry_after: None }
    }

    /// Adds machine-readable particulars.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// Says when to try again.
    #[must_use]
    pub const fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// A value that breaks a rule, by its field.
    pub fn invalid(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::invalid_fields([(field.into(), rule.into())])
    }

    /// Several values that break rules, by their fields.
    pub fn invalid_fields(broken: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (field, rule) in broken {
            fields.entry(field).or_default().push(rule);
        }
        let sentence = |(field, rules): (&String, &Vec<String>)| format!("{field} {}", rules.join(" and "));
        let detail = fields.iter().map(sentence).collect::<Vec<_>>().join("; ");
        Self::new(Code::ValidationError, detail).with_details(serde_json::json!(fields))
    }

    /// Somebody else's or a missing thing; the two look the same.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no such {what}"))
    }

    /// A fault of ours. Logged here, once, with its cause; the answer only carries the request's id.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = error_chain(error), "request failed");
        Self::new(Code::Internal, "something went wrong on our side; the request id helps us find it")
    }

    /// A part that we depend on does not answer; trying again soon may help.
    pub fn unavailable(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::warn!(error = error_chain(error), "a dependency did not answer");
        Self::new(Code::Unavailable, "a part of the service does not answer right now; please try again")
            .retry_after(Duration::from_secs(1))
    }

    /// Its code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The body for a request.
    pub(crate) fn body(&self, request_id: &str) -> ProblemBody {
        ProblemBody {
            r#type: format!("urn:daybook:problem:{}", self.code.as_str().to_ascii_lowercase().replace('_', "-")),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: self.detail.clone(),
            code: self.code,
            message: self.detail.clone(),
            details: self.details.clone().unwrap_or_else(|| serde_json::json!({})),
            request_id: request_id.to_owned(),
        }
    }
}

fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// An error as it is sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A URN that names the kind of problem.
    #[schema(example = "urn:daybook:problem:slot-unavailable")]
    pub r#type: String,
    /// The kind of problem in words.
    #[schema(example = "The time is taken")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// What is wrong with this request.
    pub detail: String,
    /// The kind of problem for programs.
    pub code: Code,
    /// The same as `detail`.
    pub message: String,
    /// Particulars: for `VALIDATION_ERROR` the rules broken, by field; for `SLOT_UNAVAILABLE` the `alternative_slots`.
    pub details: Value,
    /// The request's id, for support.
    pub request_id: String,
}
