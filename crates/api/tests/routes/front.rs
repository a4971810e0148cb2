//! Answers that lie ready differ from those that are computed in nothing but the time they take.

use std::time::Duration;

use axum::http::StatusCode;
use daybook_api::middleware::limits::{Allowance, Allowances, RateLimits};
use serde_json::json;

use crate::world::{Answer, World};

const ID: &str = "0197f3a0-0000-7000-8000-000000000001";

async fn path(world: &World) -> String {
    let body = json!({ "name": "Intro", "duration_minutes": 30 });
    let created = world.host("ada").await.post("/api/meeting-types", body).await.expect(StatusCode::CREATED).json();
    let id = created["id"].as_str().unwrap();
    format!("/api/availability?meeting_type_id={id}&start_date=2027-01-11&end_date=2027-01-15")
}

/// How many answers lay ready so far.
async fn hits(world: &World) -> String {
    let counted = world.operator().get("/metrics").await.text;
    let hits =
        counted.lines().find_map(|line| line.strip_prefix("daybook_availability_requests_total{cache=\"hit\"} "));
    hits.unwrap().to_owned()
}

/// All but the length, which the listener adds to whatever has none yet.
fn headers(answer: &Answer) -> Vec<(String, String)> {
    let text = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    let said = answer.headers.iter().filter(|(name, _)| *name != "content-length");
    let mut headers: Vec<_> = said.map(text).collect();
    headers.sort();
    headers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_ready_answer_reads_as_the_computed_one() {
    let world = World::new().await;
    let path = path(&world).await;
    let guest = world.guest().with("x-request-id", ID);
    let computed = guest.get(&path).await.expect(StatusCode::OK);
    assert_eq!(hits(&world).await, "0");
    let ready = guest.get(&path).await.expect(StatusCode::OK);
    assert_eq!(hits(&world).await, "1");
    assert_eq!(ready.text, computed.text);
    assert_eq!(headers(&ready), headers(&computed));
    assert_eq!(ready.header("x-request-id"), ID);
    let (one, other) = (world.guest().get(&path).await, world.guest().get(&path).await);
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
    assert_eq!(hits(&world).await, "3");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn ready_answers_are_limited_and_counted_like_others() {
    let plenty = Allowance::new(1_000, Duration::from_hours(1));
    let allowances = Allowances { requests: Allowance::new(4, Duration::from_hours(1)), ..Allowances::default() };
    let world = World::with(|parts| {
        parts.limits = RateLimits::new(Allowances { account_requests: plenty, ..allowances });
    })
    .await;
    let path = path(&world).await;
    let guest = world.guest().at_address("192.0.2.7");
    for left in ["3", "2", "1", "0"] {
        assert_eq!(guest.get(&path).await.expect(StatusCode::OK).header("ratelimit-remaining"), left);
    }
    guest.get(&path).await.expect_problem(429, "RATE_LIMITED");
    world.guest().at_address("192.0.2.8").get(&path).await.expect(StatusCode::OK);
    let counted = world.operator().get("/metrics").await.text;
    assert!(counted.contains("daybook_rate_limited_total{limit=\"requests\"} 1"));
    // Registering, logging in, making the meeting type; then the five answers.
    assert!(counted.contains("daybook_http_responses_total{status=\"2xx\"} 8"), "{counted}");
}
