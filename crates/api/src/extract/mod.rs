//! What handlers take out of requests: strict, bounded, and with refusals that name the field and the rule.

mod body;
pub(crate) mod instant;
mod json;
mod path;
pub mod query;
#[cfg(test)]
mod tests;

pub use json::Json;
pub use path::Path;
pub use query::Query;

use crate::problem::Problem;

/// Turns serde's word for what is wrong into a sentence about a field. `whole` names the input where no field is to blame.
fn refuse<E: std::fmt::Display>(error: &serde_path_to_error::Error<E>, whole: &str) -> Problem {
    let path = error.path().to_string();
    let message = error.inner().to_string();
    // serde_json appends where in the text it stood; the field says it better.
    let message = message.split(" at line ").next().unwrap_or_default();
    let quoted = |prefix: &str| message.strip_prefix(prefix).and_then(|rest| rest.split('`').nth(1)).map(str::to_owned);
    let within = |field: String| match path.rsplit_once('.') {
        Some((parent, last)) if last == field => format!("{parent}.{field}"),
        _ if path == "." || path == field => field,
        _ => format!("{path}.{field}"),
    };
    if let Some(field) = quoted("unknown field") {
        return Problem::invalid(within(field), "is not a field of this request");
    }
    if let Some(field) = quoted("missing field") {
        return Problem::invalid(within(field), "is required");
    }
    if let Some(field) = quoted("duplicate field") {
        return Problem::invalid(within(field), "must be given once");
    }
    let field = if path == "." { whole.to_owned() } else { path };
    let rule = match message.strip_prefix("invalid type: ") {
        Some(rest) => {
            rest.split_once("expected ").map_or(message.to_owned(), |(_, expected)| format!("must be {expected}"))
        }
        None if message.starts_with("must ") => message.to_owned(),
        None => format!("is not valid: {message}"),
    };
    Problem::invalid(field, rule)
}
