//! What every answer has in common: CORS, security headers, methods, limits of size, and faults of ours.

use axum::http::{Method, StatusCode};
use daybook_api::health::{Health, Probe};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn pages_of_any_site_may_read_what_guests_read_and_nothing_else() {
    let world = World::new().await;
    let ada = world.host("ada").await.with("origin", "https://blog.example");
    let body = json!({ "name": "Intro", "duration_minutes": 30 });
    let id =
        world.logged_in("ada").await.post("/api/meeting-types", body).await.json()["id"].as_str().unwrap().to_owned();
    let id_query = format!("meeting_type_id={id}");
    for path in [
        format!("/api/availability?{id_query}&start_date=2027-01-11&end_date=2027-01-15"),
        format!("/api/availability/slots?{id_query}&date=2027-01-12"),
        format!("/api/availability/check?{id_query}&start_time=2027-01-12T09:00:00Z"),
        format!("/api/meeting-types/{id}"),
        "/api/users/ada".to_owned(),
        "/api/ada/intro".to_owned(),
    ] {
        let answer = ada.get(&path).await.expect(StatusCode::OK);
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-credentials"), "{path}");
        let asked = ada.clone().with("access-control-request-method", "GET");
        let preflight = asked.send(Method::OPTIONS, &path, None).await.expect(StatusCode::NO_CONTENT);
        assert_eq!(preflight.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(preflight.header("access-control-allow-methods"), "GET, HEAD", "{path}");
    }
    for path in ["/api/auth/me", "/api/bookings", "/api/schedules", "/api/openapi.json", "/health"] {
        let answer = ada.get(path).await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
        let asked = ada.clone().with("access-control-request-method", "GET");
        let preflight = asked.send(Method::OPTIONS, path, None).await;
        assert!(!preflight.headers.contains_key("access-control-allow-origin"), "{path}");
    }
    let path = format!("/api/meeting-types/{id}");
    let delete = ada.with("origin", "https://evil.example").delete(&path).await.expect_problem(403, "FORBIDDEN");
    assert!(!delete.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_answer_carries_the_security_headers() {
    let world = World::new().await;
    for path in ["/api/users/nobody", "/nowhere", "/health", "/api/docs/"] {
        let answer = world.guest().get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_wrong_method_is_told_the_right_ones() {
    let world = World::new().await;
    let answer = world.guest().send(Method::PUT, "/api/users", None).await.expect_problem(405, "METHOD_NOT_ALLOWED");
    assert_eq!(answer.header("allow"), "POST");
    world.guest().get("/api/users/me").await.expect_problem(405, "METHOD_NOT_ALLOWED");
    world.guest().get("/api/nothing").await.expect_problem(404, "NOT_FOUND");
    world.guest().get("/api/users/ada/").await.expect_problem(404, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn head_is_get_without_the_body() {
    let world = World::new().await;
    world.host("ada").await;
    let get = world.guest().get("/api/users/ada").await.expect(StatusCode::OK);
    let head = world.guest().send(Method::HEAD, "/api/users/ada", None).await.expect(StatusCode::OK);
    assert_eq!(head.text, "");
    assert_eq!(head.header("content-type"), get.header("content-type"));
    assert_eq!(head.header("content-length"), get.text.len().to_string());
    let missing = world.guest().send(Method::HEAD, "/api/users/nobody", None).await.expect(StatusCode::NOT_FOUND);
    assert_eq!(missing.header("content-type"), "application/problem+json");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_body_may_have_64_kib_and_no_more() {
    let world = World::new().await;
    let with = |bytes: usize| json!({ "name": "a".repeat(bytes) });
    let guest = world.guest();
    guest.post("/api/users", with(65_000)).await.expect_problem(400, "VALIDATION_ERROR");
    guest.post("/api/users", with(66_000)).await.expect_problem(413, "PAYLOAD_TOO_LARGE");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_panic_is_a_500_that_tells_nothing() {
    async fn check() -> Result<(), std::io::Error> {
        panic!("the secret is swordfish")
    }
    let world = World::with(|parts| {
        parts.health = Health::new(vec![Probe::essential("database", check)], CancellationToken::new());
    })
    .await;
    let answer = world.guest().get("/health").await.expect_problem(500, "INTERNAL");
    assert!(!answer.text.contains("swordfish"));
    world.guest().get("/health/live").await.expect(StatusCode::OK);
}
