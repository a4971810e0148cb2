//! Sessions: `/auth/login`, `/auth/logout` (A1, A3).

use serde_json::json;

use crate::shared;
use crate::support::people::{Host, PASSWORD, session_of, unique};

#[tokio::test]
async fn the_cookie_is_out_of_reach_for_scripts_and_other_sites_and_lasts_a_week() {
    let shared = shared().await;
    let http = shared.one.http();
    let host = Host::register(&http).await;
    let reply = http.post("/api/auth/login", &json!({"email": host.email, "password": PASSWORD})).await;
    let mut attributes: Vec<&str> = reply.header("set-cookie").unwrap().split("; ").skip(1).collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Max-Age=604800", "Path=/", "SameSite=Lax"]);
    assert_eq!(reply.header("cache-control"), Some("no-store"));

    let mut behind_tls = shared.deployment.serve();
    behind_tls.more.push(("DAYBOOK_PUBLIC_URL", "https://book.example.org".to_owned()));
    let node = behind_tls.start().await;
    let reply = node.http().post("/api/auth/login", &json!({"email": host.email, "password": PASSWORD})).await;
    assert!(reply.header("set-cookie").unwrap().split("; ").any(|attribute| attribute == "Secure"), "{reply}");
}

#[tokio::test]
async fn logging_out_ends_the_session_on_every_node_at_once() {
    let shared = shared().await;
    let host = Host::register(&shared.one.http()).await;
    let elsewhere = host.at(&shared.other.http());
    elsewhere.http.get("/api/auth/me").await.ok();

    let reply = host.http.post("/api/auth/logout", &json!({})).await;
    reply.nothing();
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.starts_with("daybook_session=;") && cookie.contains("Max-Age=0"), "{cookie}");
    elsewhere.http.get("/api/auth/me").await.problem(401, "UNAUTHENTICATED");
    host.http.get("/api/auth/me").await.problem(401, "UNAUTHENTICATED");
    host.http.post("/api/auth/logout", &json!({})).await.nothing();
}

#[tokio::test]
async fn every_log_in_is_a_session_of_its_own() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let again = http.post("/api/auth/login", &json!({"email": host.email.to_uppercase(), "password": PASSWORD})).await;
    let second = http.with_session(&session_of(&again));
    host.http.post("/api/auth/logout", &json!({})).await.nothing();
    second.get("/api/auth/me").await.ok();
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let log_in =
        |email: &str, password: &str| http.post("/api/auth/login", &json!({"email": email, "password": password}));
    let wrong = log_in(&host.email, "not the password").await;
    let unknown = log_in(&format!("{}@example.org", unique("nobody")), PASSWORD).await;
    let (wrong_body, unknown_body) = (wrong.problem(401, "UNAUTHENTICATED"), unknown.problem(401, "UNAUTHENTICATED"));
    assert_eq!(wrong_body["detail"], unknown_body["detail"]);
    assert!(wrong.header("set-cookie").is_none() && unknown.header("set-cookie").is_none());
}

#[tokio::test]
async fn another_sites_page_cannot_use_the_cookie_to_change_anything() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let change = |origin: &str| host.http.patch("/api/users/me", &json!({"name": "Changed"})).header("origin", origin);
    for foreign in ["https://evil.example", "null", "http://localhost:1"] {
        change(foreign).await.problem(403, "FORBIDDEN");
        let log_out = host.http.post("/api/auth/logout", &json!({})).header("origin", foreign);
        log_out.await.problem(403, "FORBIDDEN");
        host.http.get("/api/auth/me").header("origin", foreign).await.ok();
    }
    assert_eq!(host.http.get("/api/auth/me").await.ok()["user"]["name"], "Hanna Host");
    change(http.base().as_str().trim_end_matches('/')).await.ok();
}

#[tokio::test]
async fn a_cookie_that_is_no_session_is_no_credential() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    for garbage in ["", "x", &"A".repeat(43), "%00", &"9".repeat(4000)] {
        let stranger = http.with_session(garbage);
        stranger.get("/api/auth/me").await.problem(401, "UNAUTHENTICATED");
        stranger.get(&format!("/api/meeting-types/{}", offer.id)).await.ok();
    }
}
