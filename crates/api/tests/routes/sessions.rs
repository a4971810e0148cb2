//! A1: logging in and out; A3: what is done about those who guess.

use axum::http::StatusCode;
use daybook_api::metrics::AuthenticationFailure;
use serde_json::json;

use crate::world::{PASSWORD, World, registration};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_log_in_sets_a_cookie_that_scripts_cannot_read_and_other_sites_cannot_send() {
    let world = World::new().await;
    let registered = world.guest().post("/api/users", registration("ada")).await.json();
    let body = json!({ "email": "Ada@Example.org", "password": PASSWORD });
    let answer = world.guest().post("/api/auth/login", body).await.expect(StatusCode::OK);
    let cookie = answer.header("set-cookie");
    let (session, attributes) = cookie.split_once(';').unwrap();
    assert!(session.starts_with("daybook_session=") && session.len() > 40, "{cookie}");
    assert_eq!(attributes, " Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.json(), json!({ "user": registered }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_tls_the_cookie_does_without_it() {
    let world = World::with(|parts| parts.secure_cookies = false).await;
    world.host("ada").await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let answer = world.guest().post("/api/auth/login", body).await;
    assert!(!answer.header("set-cookie").contains("Secure"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer_and_are_counted() {
    let world = World::with(|parts| parts.metrics_are_public = true).await;
    world.host("ada").await;
    let attempt = |email: &str, password: &str| {
        let (guest, body) = (world.guest(), json!({ "email": email, "password": password }));
        async move { guest.post("/api/auth/login", body).await.expect_problem(401, "UNAUTHENTICATED") }
    };
    let wrong = attempt("ada@example.org", "not the password").await;
    let unknown = attempt("bob@example.org", "not the password").await;
    let garbage = attempt("no address", "").await;
    assert_eq!(wrong.json()["detail"], unknown.json()["detail"]);
    assert_eq!(wrong.json()["detail"], garbage.json()["detail"]);
    assert!(wrong.headers.get("set-cookie").is_none());
    let counted = world.guest().get("/metrics").await.text;
    for (failure, count) in [(AuthenticationFailure::WrongPassword, 1), (AuthenticationFailure::UnknownEmail, 2)] {
        let line = format!("daybook_authentication_failures_total{{reason=\"{}\"}} {count}", failure.label());
        assert!(counted.contains(&line), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_session_ends_with_the_log_out_on_every_node() {
    let world = World::new().await;
    let other_node = World::over(world.database.clone(), |_| {});
    let ada = world.host("ada").await;
    ada.get("/api/auth/me").await.expect(StatusCode::OK);
    let answer = ada.post("/api/auth/logout", json!({})).await.expect(StatusCode::NO_CONTENT);
    assert!(answer.header("set-cookie").starts_with("daybook_session=; Path=/; Max-Age=0"));
    ada.get("/api/auth/me").await.expect_problem(401, "UNAUTHENTICATED");
    drop(other_node);
    ada.post("/api/auth/logout", json!({})).await.expect(StatusCode::NO_CONTENT);
    world.guest().post("/api/auth/logout", json!({})).await.expect(StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_log_in_ends_the_session_that_the_browser_had() {
    let world = World::new().await;
    let planted = world.host("mallory").await;
    world.host("ada").await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    planted.post("/api/auth/login", body).await.expect(StatusCode::OK);
    planted.get("/api/auth/me").await.expect_problem(401, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn another_sites_page_cannot_use_the_cookie_to_change_anything() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    let elsewhere = ada.clone().with("origin", "https://evil.example");
    elsewhere.patch("/api/users/me", json!({ "name": "Mallory" })).await.expect_problem(403, "FORBIDDEN");
    elsewhere.post("/api/auth/logout", json!({})).await.expect_problem(403, "FORBIDDEN");
    let here = ada.with("origin", "https://book.example.org");
    assert_eq!(here.get("/api/auth/me").await.expect(StatusCode::OK).json()["user"]["name"], "ada");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_calendar_that_could_not_be_opened_is_opened_at_the_next_log_in_or_look() {
    let world = World::new().await;
    for (name, look) in [("ada", false), ("bob", true)] {
        // As if the node had died between the two.
        let ada = world.host(name).await;
        let id = ada.get("/api/auth/me").await.json()["user"]["id"].as_str().unwrap().to_owned();
        let owner = world.database.owner_pool();
        for statement in [
            "ALTER TABLE events DISABLE TRIGGER USER",
            "DELETE FROM events",
            "ALTER TABLE events ENABLE TRIGGER USER",
            "DELETE FROM streams",
        ] {
            sqlx::query(statement).execute(&owner).await.unwrap();
        }
        let restarted = World::over(world.database.clone(), |_| {});
        restarted.guest().get(&format!("/api/users/{id}")).await.expect_problem(404, "NOT_FOUND");
        let user = if look {
            let cookie = world.logged_in(name).await;
            drop(cookie);
            restarted.logged_in(name).await.get("/api/auth/me").await
        } else {
            let body = json!({ "email": format!("{name}@example.org"), "password": PASSWORD });
            restarted.guest().post("/api/auth/login", body).await
        };
        assert_eq!(user.expect(StatusCode::OK).json()["user"]["time_zone"], "Europe/London");
        restarted.guest().get(&format!("/api/users/{id}")).await.expect(StatusCode::OK);
    }
}
