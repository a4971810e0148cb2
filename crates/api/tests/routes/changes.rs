//! What owners may change about their account.

use axum::http::StatusCode;
use serde_json::json;

use crate::world::{PASSWORD, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_named_changes_and_the_rest_stays() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    let before = ada.get("/api/auth/me").await.json()["user"].clone();
    let stay = json!({ "from_date": "2027-03-01", "to_date": "2027-03-07", "time_zone": "America/New_York" });
    let body = json!({ "name": "Ada King", "time_zone": "Europe/Paris", "time_zone_changes": [stay] });
    let after = ada.patch("/api/users/me", body).await.expect(StatusCode::OK).json();
    let mut expected = before.clone();
    expected["name"] = json!("Ada King");
    expected["time_zone"] = json!("Europe/Paris");
    expected["time_zone_changes"] = json!([stay]);
    expected["updated_at"] = after["updated_at"].clone();
    assert_eq!(after, expected);
    assert_ne!(after["updated_at"], before["updated_at"]);
    assert_eq!(ada.get("/api/auth/me").await.json()["user"], after);
    let back = ada.patch("/api/users/me", json!({ "time_zone_changes": [] })).await.json();
    assert_eq!(back["time_zone_changes"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn zones_are_events_of_the_calendar() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    ada.patch("/api/users/me", json!({ "time_zone": "Europe/Paris" })).await.expect(StatusCode::OK);
    ada.patch("/api/users/me", json!({ "time_zone": "Europe/Paris" })).await.expect(StatusCode::OK);
    let history = ada.get("/api/calendar/history?type=TimeZoneChanged").await.json();
    assert_eq!(history["items"].as_array().unwrap().len(), 1, "the same zone again is no change: {history}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_is_half_done() {
    let world = World::new().await;
    world.host("bob").await;
    let ada = world.host("ada").await;
    let before = ada.get("/api/auth/me").await.json();
    let backwards = json!([{ "from_date": "2027-03-07", "to_date": "2027-03-01", "time_zone": "America/New_York" }]);
    let body = json!({ "name": "Ada King", "time_zone": "Europe/Paris", "time_zone_changes": backwards });
    let broken = ada.patch("/api/users/me", body).await.broken_rules();
    assert_eq!(broken, json!({ "time_zone_changes": ["must have to_date on or after from_date"] }));
    let body = json!({ "username": "bob", "time_zone": "Europe/Paris" });
    ada.patch("/api/users/me", body).await.expect_problem(409, "USERNAME_TAKEN");
    assert_eq!(ada.get("/api/auth/me").await.json(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_address_is_changed_by_who_knows_the_password() {
    let world = World::new().await;
    world.host("bob").await;
    let ada = world.host("ada").await;
    let change = |email: &str, current: &str| {
        let (ada, body) = (ada.clone(), json!({ "email": email, "current_password": current }));
        async move { ada.patch("/api/users/me", body).await }
    };
    let broken = ada.patch("/api/users/me", json!({ "email": "ada@example.com" })).await.broken_rules();
    assert_eq!(broken, json!({ "current_password": ["is required to change the email or the password"] }));
    let broken = change("ada@example.com", "guess").await.broken_rules();
    assert_eq!(broken, json!({ "current_password": ["must be your password until now"] }));
    change("bob@example.org", PASSWORD).await.expect_problem(409, "EMAIL_TAKEN");
    let after = change("ada@example.com", PASSWORD).await.expect(StatusCode::OK).json();
    assert_eq!(after["email"], "ada@example.com");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_new_password_ends_all_other_sessions() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    let elsewhere = world.logged_in("ada").await;
    let body = json!({ "password": "a new password", "current_password": PASSWORD });
    ada.patch("/api/users/me", body).await.expect(StatusCode::OK);
    ada.get("/api/auth/me").await.expect(StatusCode::OK);
    elsewhere.get("/api/auth/me").await.expect_problem(401, "UNAUTHENTICATED");
    let old = json!({ "email": "ada@example.org", "password": PASSWORD });
    world.guest().post("/api/auth/login", old).await.expect_problem(401, "UNAUTHENTICATED");
    let new = json!({ "email": "ada@example.org", "password": "a new password" });
    world.guest().post("/api/auth/login", new).await.expect(StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stranger_changes_nothing() {
    let world = World::new().await;
    world.guest().patch("/api/users/me", json!({ "name": "x" })).await.expect_problem(401, "UNAUTHENTICATED");
    let forged = world.guest().with("cookie", &format!("daybook_session={}", "A".repeat(43)));
    forged.patch("/api/users/me", json!({ "name": "x" })).await.expect_problem(401, "UNAUTHENTICATED");
}
