//! The OpenAPI document names what answers, and what it names answers.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::shared;
use crate::support::http::Http;

/// Every operation of SPEC §2 and §1 (O1), built or not. An operation that answers must be documented.
const CONTRACT: &[&str] = &[
    "POST /api/users",
    "GET /api/users/{id}",
    "PATCH /api/users/me",
    "DELETE /api/users/me",
    "GET /api/users/me/export",
    "POST /api/auth/login",
    "POST /api/auth/logout",
    "GET /api/auth/me",
    "GET /api/api-keys",
    "POST /api/api-keys",
    "DELETE /api/api-keys/{id}",
    "GET /api/meeting-types",
    "POST /api/meeting-types",
    "GET /api/meeting-types/{id}",
    "PUT /api/meeting-types/{id}",
    "DELETE /api/meeting-types/{id}",
    "GET /api/{username}/{slug}",
    "GET /api/availability/rules",
    "PUT /api/availability/rules",
    "POST /api/availability/rules",
    "GET /api/schedules",
    "POST /api/schedules",
    "GET /api/schedules/{id}",
    "PUT /api/schedules/{id}",
    "DELETE /api/schedules/{id}",
    "GET /api/availability/overrides",
    "PUT /api/availability/overrides/{date}",
    "DELETE /api/availability/overrides/{date}",
    "GET /api/availability",
    "GET /api/availability/slots",
    "GET /api/availability/check",
    "GET /api/availability/explain",
    "POST /api/bookings",
    "GET /api/bookings",
    "GET /api/bookings/{id}",
    "DELETE /api/bookings/{id}",
    "PUT /api/bookings/{id}/reschedule",
    "POST /api/bookings/{id}/confirm",
    "POST /api/bookings/{id}/decline",
    "POST /api/bookings/{id}/no-show",
    "GET /api/bookings/{id}/calendar.ics",
    "GET /api/users/{id}/bookings",
    "GET /api/calendar/history",
    "GET /api/calendar",
    "GET /api/events/stream",
    "GET /api/webhooks",
    "POST /api/webhooks",
    "GET /api/integrations",
    "GET /api/teams",
    "POST /api/teams",
    "GET /api/insights",
    "GET /health",
    "GET /health/live",
    "GET /health/ready",
    "GET /health/detailed",
];

async fn documented(http: &Http) -> (Value, BTreeSet<String>) {
    let document = http.get("/api/openapi.json").await.ok();
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        operations.extend(item.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
    }
    (document, operations)
}

fn concrete(path: &str) -> String {
    path.replace("{id}", &Uuid::now_v7().to_string())
        .replace("{date}", "2027-01-12")
        .replace("{username}", "nobody-here")
        .replace("{slug}", "nothing")
}

/// Whether the router knows the operation: it answers, if only with a refusal of its own.
async fn answers(http: &Http, operation: &str) -> bool {
    let (method, path) = operation.split_once(' ').unwrap();
    let reply = http.call(method.parse().unwrap(), &concrete(path)).await;
    let text = String::from_utf8_lossy(&reply.body);
    reply.status != 405 && !(reply.status == 404 && text.contains("nothing at this path"))
}

#[tokio::test]
async fn what_answers_is_documented_and_what_is_documented_answers() {
    let http = shared().await.one.http();
    let (document, documented) = documented(&http).await;
    assert_eq!(document["openapi"], "3.1.0");
    for operation in CONTRACT {
        let shadowed = *operation != "GET /api/{username}/{slug}" && is_shadowed(operation, &documented);
        if !shadowed && answers(&http, operation).await {
            assert!(documented.contains(*operation), "{operation} answers and is not documented");
        }
    }
    for operation in &documented {
        if operation == "GET /metrics" {
            assert!(!answers(&http, operation).await, "the counters are for operators");
            assert!(answers(&shared().await.one.operator(), operation).await);
        } else {
            assert!(answers(&http, operation).await, "{operation} is documented and does not answer");
        }
    }
}

/// Whether a path that is not built falls to the booking page, which has any two words for a path.
fn is_shadowed(operation: &str, documented: &BTreeSet<String>) -> bool {
    let (method, path) = operation.split_once(' ').unwrap();
    let two_words = path.trim_start_matches("/api/").split('/').count() == 2 && path.starts_with("/api/");
    method == "GET" && two_words && !documented.contains(operation)
}

#[tokio::test]
async fn a_path_answers_to_the_documented_methods_and_no_others() {
    let http = shared().await.one.http();
    let (document, _) = documented(&http).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        if path == "/metrics" {
            continue;
        }
        let reply = http.call(Method::from_bytes(b"PROPFIND").unwrap(), &concrete(path)).await;
        reply.problem(405, "METHOD_NOT_ALLOWED");
        let allowed: BTreeSet<&str> = reply.header("allow").unwrap().split(',').map(str::trim).collect();
        let mut documented: BTreeSet<String> =
            item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        if documented.contains("GET") {
            documented.insert("HEAD".to_owned());
        }
        assert_eq!(allowed, documented.iter().map(String::as_str).collect(), "{path}");
    }
}

#[tokio::test]
async fn the_document_can_be_browsed() {
    let http = shared().await.one.http();
    let page = http.get("/api/docs/").await;
    assert!(page.text(200).to_lowercase().contains("<!doctype html>"), "{page}");
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let redirected = http.get("/api/docs").await;
    assert!([200, 303, 307, 308].contains(&redirected.status), "{redirected}");
}
