//! A1: making an account.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, registration};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_new_account_has_everything_the_contract_names_and_no_password() {
    let world = World::new().await;
    let answer = world.guest().post("/api/users", registration("ada")).await.expect(StatusCode::CREATED);
    let mut user = answer.json();
    for volatile in ["id", "created_at", "updated_at"] {
        assert!(user[volatile].is_string(), "{user}");
        user.as_object_mut().unwrap().remove(volatile);
    }
    let expected = json!({
        "email": "ada@example.org", "name": "ada", "username": "ada", "time_zone": "Europe/London",
        "time_zone_changes": [], "role": "user",
    });
    assert_eq!(user, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn its_calendar_is_open_at_once() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    let history = ada.get("/api/calendar/history").await.expect(StatusCode::OK).json();
    let types: Vec<_> = history["items"].as_array().unwrap().iter().map(|event| event["type"].clone()).collect();
    assert_eq!(types, ["CalendarOpened"], "and the log-in did not open it again");
    let id = ada.get("/api/auth/me").await.json()["user"]["id"].clone();
    assert_eq!(history["items"][0]["actor"], format!("host:{}", id.as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_address_or_username_is_given_once_whatever_its_case() {
    let world = World::new().await;
    world.host("ada").await;
    let again = |change: Value| {
        let mut body = registration("bob");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let guest = world.guest();
        async move { guest.post("/api/users", body).await }
    };
    again(json!({ "email": "ADA@example.ORG" })).await.expect_problem(409, "EMAIL_TAKEN");
    again(json!({ "username": "Ada" })).await.expect_problem(409, "USERNAME_TAKEN");
    again(json!({})).await.expect(StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn bad_fields_are_named_together_and_nothing_is_made() {
    let world = World::new().await;
    let body =
        json!({ "email": "ada", "password": "short", "name": "", "username": "users", "time_zone": "Europe/London" });
    let broken = world.guest().post("/api/users", body).await.broken_rules();
    assert_eq!(broken.as_object().unwrap().keys().collect::<Vec<_>>(), ["email", "name", "password", "username"]);
    let mut body = registration("ada");
    body["time_zone"] = json!("Europe/Atlantis");
    let broken = world.guest().post("/api/users", body).await.broken_rules();
    assert_eq!(broken, json!({ "time_zone": ["must be a known IANA time zone such as Europe/Berlin"] }));
    let users: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(&world.database.pool()).await.unwrap();
    assert_eq!(users, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_username_is_made_of_the_name_if_none_is_chosen() {
    let world = World::new().await;
    let mut body = registration("ada");
    body["name"] = json!("Ada Lovelace");
    body.as_object_mut().unwrap().remove("username");
    let user = world.guest().post("/api/users", body).await.expect(StatusCode::CREATED).json();
    assert_eq!(user["username"], "ada-lovelace");
}
