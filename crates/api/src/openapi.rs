//! The contract as an OpenAPI 3.1 document, made of the operations themselves, and a page to browse it.

use std::collections::BTreeSet;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::routing::get;
use bytes::Bytes;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr, Response,
    ResponseBuilder, ServerBuilder,
};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::router;
use crate::state::Api;

const DOCUMENT: &str = "/api/openapi.json";
const PAGE: &str = "/api/docs";
const PROBLEM: &str = "#/components/schemas/Problem";
/// The one operation whose 401 is about its body.
const LOG_IN: &str = "/api/auth/login";
const PROBLEM_JSON: &str = "application/problem+json";

const DESCRIPTION: &str = "\
Scheduling on an event log: people publish when they can be met, guests book a time, and nothing is ever booked twice.

Instants are UTC in RFC 3339 with `Z`, dates `YYYY-MM-DD`, time zones IANA names. Unknown fields in a request are refused.

**Lists** come in pages: `limit` and `cursor`, the `next_cursor` of the page before.

**Errors** are `application/problem+json` (RFC 9457). `code` says what is wrong; `details` names the fields of a \
`VALIDATION_ERROR` with the rules they break, the `alternative_slots` of a `SLOT_UNAVAILABLE`, the `reason` of an \
`INVALID_TIME_SLOT`, the `current_version` of a `VERSION_CONFLICT`. A schedule that cannot be removed because it is the default \
or in use is a `VALIDATION_ERROR` of `id`. What is somebody else's looks as if it did not exist.

**Credentials** are the session cookie of a browser or the API key of a program; guests act on a booking with its token.

**Limits.** Answers carry `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds until all is available \
again); of several limits, the one with the least left. A request too many is a 429 with `Retry-After`.";

/// The whole document.
pub fn document() -> OpenApi {
    let mut document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Daybook")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(DESCRIPTION))
                .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
                .build(),
        )
        .servers(Some([ServerBuilder::new().url("/").build()]))
        .components(Some(Components::new()))
        .build();
    for part in [router::contract(), router::operations(), router::counters()] {
        document.merge(part.into_openapi());
    }
    if let Some(components) = &mut document.components {
        components.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("daybook_session"))),
        );
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("api_key", SecurityScheme::Http(bearer));
    }
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations_of(item) {
            complete(operation, method, path);
        }
    }
    document
}

fn operations_of(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Adds what is the same for every operation, so that no handler has to say it.
fn complete(operation: &mut Operation, method: &str, path: &str) {
    // Generators name functions by it, so it has to be unique; the names of handlers are only within their modules.
    let words = path.trim_start_matches("/api").replace('{', "by_").replace(['/', '-', '.'], "_").replace('}', "");
    operation.operation_id = Some(format!("{method}{words}"));

    let mut problems = vec![("500", "A fault of ours")];
    if path.starts_with("/api/") {
        problems.push(("429", "Too many requests; see `Retry-After`"));
        problems.push(("503", "Not available right now; see `Retry-After`"));
    }
    if operation.parameters.is_some() {
        problems.push(("400", "A parameter breaks a rule"));
    }
    if operation.request_body.is_some() {
        problems.push(("413", "The body is larger than 64 KiB"));
        problems.push(("415", "The body is not `application/json`"));
    }
    for (status, description) in problems {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| problem(description).into());
    }
    for response in operation.responses.responses.values_mut() {
        name_problem_json(response);
    }
    if operation.responses.responses.contains_key("401") && path != LOG_IN {
        let scheme = |name: &str| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
        let mut either = vec![scheme("session")];
        // API keys are managed by people only.
        if !path.starts_with("/api/api-keys") {
            either.push(scheme("api_key"));
        }
        operation.security = Some(either);
    }
}

fn problem(description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::new(PROBLEM))).build();
    ResponseBuilder::new().description(description).content(PROBLEM_JSON, content).build()
}

/// Handlers say that a body is a problem; of which media type problems are is said here.
fn name_problem_json(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let is_problem = |content: &RefOr<utoipa::openapi::Content>| match content {
        RefOr::T(content) => matches!(&content.schema, Some(RefOr::Ref(schema)) if schema.ref_location == PROBLEM),
        RefOr::Ref(_) => false,
    };
    if response.content.get("application/json").is_some_and(is_problem)
        && let Some(content) = response.content.shift_remove("application/json")
    {
        response.content.insert(PROBLEM_JSON.to_owned(), content);
    }
}

/// The page brings its own scripts and styles, and asks this server only.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; frame-ancestors 'none'",
);

/// The document, and the page to browse it.
pub(crate) fn routes() -> Router<Api> {
    let body = Bytes::from(document().to_json().unwrap_or_default());
    let serve = move || async move { ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body) };
    let policy = SetResponseHeaderLayer::if_not_present(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    let page = Router::from(SwaggerUi::new(PAGE).config(Config::from(DOCUMENT))).layer(policy);
    page.route(DOCUMENT, get(serve))
}

/// Every operation, as `GET /api/users/{id}`.
pub fn operations(document: &OpenApi) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, item) in &document.paths.paths {
        let methods = operations_of(&mut item.clone()).map(|(method, _)| method.to_uppercase()).collect::<Vec<_>>();
        found.extend(methods.iter().map(|method| format!("{method} {path}")));
    }
    found
}

#[cfg(test)]
mod tests;
