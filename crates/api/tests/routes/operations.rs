//! O1: what operators and their machines ask; and the document of the contract.

use std::future::ready;

use axum::http::StatusCode;
use daybook_api::health::{Health, Probe};
use daybook_api::metrics::Lags;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::world::World;

async fn world(database_is_up: bool, nats_is_up: bool) -> World {
    let answer = |up: bool| move || ready(if up { Ok(()) } else { Err("down") });
    let probes =
        vec![Probe::essential("database", answer(database_is_up)), Probe::supporting("nats", answer(nats_is_up))];
    World::with(|parts| parts.health = Health::new(probes, CancellationToken::new())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_healthy_node_says_so_in_every_way() {
    let world = world(true, true).await;
    let summary = world.guest().get("/health").await.expect(StatusCode::OK).json();
    assert_eq!(summary, json!({ "status": "healthy", "checks": { "database": "up", "nats": "up" } }));
    assert_eq!(world.guest().get("/health/live").await.json(), json!({ "status": "live" }));
    assert_eq!(world.guest().get("/health/ready").await.json(), json!({ "status": "ready" }));
    let detailed = world.guest().get("/health/detailed").await.expect(StatusCode::OK).json();
    assert_eq!((&detailed["status"], &detailed["zone_data_version"]), (&json!("healthy"), &json!("2026f")));
    assert!(detailed["checks"]["nats"]["latency_ms"].is_f64(), "{detailed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_the_bus_bookings_are_still_made() {
    let world = world(true, false).await;
    let summary = world.guest().get("/health").await.expect(StatusCode::OK).json();
    assert_eq!(summary, json!({ "status": "degraded", "checks": { "database": "up", "nats": "down" } }));
    world.guest().get("/health/ready").await.expect(StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_the_database_nothing_is() {
    let world = world(false, true).await;
    let summary = world.guest().get("/health").await.expect(StatusCode::SERVICE_UNAVAILABLE).json();
    assert_eq!(summary["status"], "unhealthy");
    let detailed = world.guest().get("/health/detailed").await.expect(StatusCode::SERVICE_UNAVAILABLE).json();
    assert_eq!(detailed["checks"]["database"], json!({ "status": "unhealthy", "latency_ms": null }));
    let ready = world.guest().get("/health/ready").await.expect_problem(503, "UNAVAILABLE");
    assert_eq!(ready.header("retry-after"), "1");
    world.guest().get("/health/live").await.expect(StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_node_that_shuts_down_is_not_ready() {
    let world = World::new().await;
    world.guest().get("/health/ready").await.expect(StatusCode::OK);
    world.stopping.cancel();
    world.guest().get("/health/ready").await.expect_problem(503, "UNAVAILABLE");
    world.guest().get("/health/live").await.expect(StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_counters_are_for_the_internal_listener() {
    let world = World::new().await;
    world.guest().get("/metrics").await.expect_problem(404, "NOT_FOUND");
    let answer = world.operator().get("/metrics").await.expect(StatusCode::OK);
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4");
    assert!(answer.text.contains("daybook_http_responses_total{status=\"2xx\"} 0"));
    world.operator().get("/health/ready").await.expect(StatusCode::OK);
    world.operator().get("/api/auth/me").await.expect_problem(404, "NOT_FOUND");
    let lagless = world.guest().get("/health/detailed").await.json();
    assert_eq!(lagless["lag_seconds"], json!({}), "{:?}", Lags::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn bookings_and_availability_are_counted() {
    let world = World::with(|parts| parts.metrics_are_public = true).await;
    let ada = world.host("ada").await;
    let body = json!({ "name": "Intro", "duration_minutes": 30 });
    let id = ada.post("/api/meeting-types", body).await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/availability?meeting_type_id={id}&start_date=2027-01-11&end_date=2027-01-15");
    let first = world.guest().get(&path).await.expect(StatusCode::OK).json();
    assert_eq!(world.guest().get(&path).await.json(), first);
    let start = first["slots"]["2027-01-12"][0]["start_time"].clone();
    let booking = |start: &Value| {
        let body = json!({
            "meeting_type_id": id, "start_time": start, "invitee_name": "Bob", "invitee_email": "bob@example.org",
            "invitee_timezone": "Europe/London",
        });
        let guest = world.guest().with("idempotency-key", &start.to_string());
        async move { guest.post("/api/bookings", body).await }
    };
    let booked = booking(&start).await.expect(StatusCode::CREATED).json();
    booking(&json!("2027-01-12T03:00:00Z")).await.expect_problem(422, "INVALID_TIME_SLOT");
    let counted = world.guest().get("/metrics").await.text;
    for line in [
        "daybook_availability_requests_total{cache=\"miss\"} 1",
        "daybook_availability_requests_total{cache=\"hit\"} 1",
        "daybook_booking_operations_total{operation=\"book\",outcome=\"done\"} 1",
        "daybook_booking_operations_total{operation=\"book\",outcome=\"refused\"} 1",
        "daybook_booking_duration_seconds_count{outcome=\"done\"} 1",
        "daybook_booking_duration_seconds_count{outcome=\"refused\"} 1",
    ] {
        assert!(counted.lines().any(|counted| counted == line), "no {line}; booked {booked}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_contract_can_be_read_and_browsed() {
    let world = World::new().await;
    let answer = world.guest().get("/api/openapi.json").await.expect(StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json()["openapi"], "3.1.0");
    let moved = world.guest().get("/api/docs").await.expect(StatusCode::SEE_OTHER);
    assert_eq!(moved.header("location"), "/api/docs/");
    let page = world.guest().get("/api/docs/").await.expect(StatusCode::OK);
    assert!(page.header("content-type").starts_with("text/html"));
    let script = world.guest().get("/api/docs/swagger-initializer.js").await.expect(StatusCode::OK);
    assert!(script.text.contains("/api/openapi.json"));
}
