//! A3: how much anybody may ask for.

use std::time::Duration;

use axum::http::StatusCode;
use daybook_api::middleware::limits::{Allowance, Allowances, RateLimits};
use serde_json::json;

use crate::world::{PASSWORD, World, registration};

const HOUR: Duration = Duration::from_hours(1);

async fn world(change: impl FnOnce(&mut Allowances)) -> World {
    let plenty = Allowance::new(1_000, HOUR);
    let mut allowances = Allowances {
        requests: plenty,
        account_requests: plenty,
        registrations: plenty,
        log_ins: plenty,
        log_ins_of_address: plenty,
        bookings: plenty,
    };
    change(&mut allowances);
    World::with(|parts| {
        parts.limits = RateLimits::new(allowances);
        parts.trusted_proxies = "10.0.0.0/8".parse().unwrap();
        parts.metrics_are_public = true;
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn answers_say_how_much_is_left_and_refusals_when_to_come_back() {
    let world = world(|allowed| allowed.requests = Allowance::new(2, HOUR)).await;
    let guest = world.guest();
    let answer = guest.get("/api/users/nobody").await.expect_problem(404, "NOT_FOUND");
    assert_eq!((answer.header("ratelimit-limit"), answer.header("ratelimit-remaining")), ("2", "1"));
    assert_eq!(answer.header("ratelimit-reset"), "1800");
    guest.get("/nowhere").await.expect_problem(404, "NOT_FOUND");
    let refused = guest.get("/api/users/nobody").await.expect_problem(429, "RATE_LIMITED");
    assert_eq!((refused.header("ratelimit-remaining"), refused.header("ratelimit-reset")), ("0", "3600"));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1_700..=1_800).contains(&wait), "{wait}");
    guest.clone().at_address("192.0.2.2").get("/api/users/nobody").await.expect_problem(404, "NOT_FOUND");
    let counted = guest.get("/metrics").await.expect(StatusCode::OK).text;
    assert!(counted.contains("daybook_rate_limited_total{limit=\"requests\"} 1"), "and operators are not limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_speaks_for_its_clients_and_a_stranger_for_nobody() {
    let world = world(|allowed| allowed.requests = Allowance::new(1, HOUR)).await;
    let status = |peer: &str, forwarded_for: &str| {
        let client = world.guest().at_address(peer).with("x-forwarded-for", forwarded_for);
        async move { client.get("/api/users/nobody").await.status.as_u16() }
    };
    assert_eq!(status("10.0.0.1", "198.51.100.1").await, 404);
    assert_eq!(status("10.0.0.1", "198.51.100.2").await, 404);
    assert_eq!(status("10.0.0.2", "203.0.113.5, 198.51.100.1").await, 429);
    assert_eq!(status("192.0.2.9", "198.51.100.3").await, 404);
    assert_eq!(status("192.0.2.9", "198.51.100.4").await, 429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_account_has_its_quota_from_wherever_it_comes() {
    let world = world(|allowed| allowed.account_requests = Allowance::new(2, HOUR)).await;
    let ada = world.host("ada").await;
    let answer = ada.clone().at_address("192.0.2.2").get("/api/auth/me").await.expect(StatusCode::OK);
    assert_eq!((answer.header("ratelimit-limit"), answer.header("ratelimit-remaining")), ("2", "1"));
    ada.clone().at_address("192.0.2.3").get("/api/auth/me").await.expect(StatusCode::OK);
    let refused = ada.clone().at_address("192.0.2.4").get("/api/auth/me").await.expect_problem(429, "RATE_LIMITED");
    assert_eq!(refused.header("ratelimit-limit"), "2");
    world.guest().get("/api/users/ada").await.expect(StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn registrations_are_limited_by_client() {
    let world = world(|allowed| allowed.registrations = Allowance::new(1, HOUR)).await;
    world.guest().post("/api/users", registration("ada")).await.expect(StatusCode::CREATED);
    world.guest().post("/api/users", registration("bob")).await.expect_problem(429, "RATE_LIMITED");
    world.guest().get("/api/users/ada").await.expect(StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn guesses_at_one_account_are_limited_wherever_they_come_from() {
    let world = world(|allowed| allowed.log_ins_of_address = Allowance::new(3, HOUR)).await;
    let ada = world.host("ada").await;
    let attempt = |peer: &'static str, email: &str, password: &str| {
        let (guest, body) = (world.guest().at_address(peer), json!({ "email": email, "password": password }));
        async move { guest.post("/api/auth/login", body).await.status.as_u16() }
    };
    assert_eq!(attempt("192.0.2.1", "ada@example.org", "guess").await, 401);
    assert_eq!(attempt("192.0.2.2", "ada@example.org", PASSWORD).await, 200, "the owner's success forgets the guesses");
    for peer in ["192.0.2.3", "192.0.2.4", "192.0.2.5"] {
        assert_eq!(attempt(peer, "Ada@example.org", "guess").await, 401);
    }
    assert_eq!(attempt("192.0.2.6", "ada@example.org", PASSWORD).await, 429);
    assert_eq!(attempt("192.0.2.6", "bob@example.org", "guess").await, 401);
    let proof = json!({ "email": "ada@example.com", "current_password": PASSWORD });
    ada.patch("/api/users/me", proof).await.expect_problem(429, "RATE_LIMITED");
    ada.patch("/api/users/me", json!({ "name": "Ada King" })).await.expect(StatusCode::OK);
}
