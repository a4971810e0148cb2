//! What everybody may know of a host.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{Client, World};

async fn offer(host: &Client<'_>, name: &str, change: Value) -> Value {
    let mut body = json!({ "name": name, "duration_minutes": 30 });
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    host.post("/api/meeting-types", body).await.expect(StatusCode::CREATED).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_profile_shows_what_can_be_booked_by_everybody() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    let intro = offer(&ada, "Intro", json!({})).await;
    offer(&ada, "Friends", json!({ "visibility": "unlisted" })).await;
    offer(&ada, "Paused", json!({ "is_active": false })).await;
    let id = intro["host_id"].as_str().unwrap().to_owned();
    let by_name = world.guest().get("/api/users/ada").await.expect(StatusCode::OK).json();
    let expected = json!({
        "id": id, "name": "ada", "username": "ada", "time_zone": "Europe/London", "meeting_types": [intro],
    });
    assert_eq!(by_name, expected, "and neither address nor role");
    assert_eq!(world.guest().get(&format!("/api/users/{id}")).await.json(), by_name);
    assert_eq!(world.guest().get("/api/users/Ada").await.json(), by_name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nobody_is_not_found() {
    let world = World::new().await;
    for id in ["nobody", "019a9f3e-7c1d-7e4b-9a50-0d3c5f6a7b8c", "a", "%00", "%F0%9F%98%80", &"a".repeat(500)] {
        world.guest().get(&format!("/api/users/{id}")).await.expect_problem(404, "NOT_FOUND");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn this_node_shows_its_own_changes_at_once() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    offer(&ada, "Intro", json!({})).await;
    world.guest().get("/api/users/ada").await.expect(StatusCode::OK);
    world.guest().get("/api/ada/intro").await.expect(StatusCode::OK);
    ada.patch("/api/users/me", json!({ "username": "countess", "name": "Ada King" })).await.expect(StatusCode::OK);
    world.guest().get("/api/users/ada").await.expect_problem(404, "NOT_FOUND");
    world.guest().get("/api/ada/intro").await.expect_problem(404, "NOT_FOUND");
    let page = world.guest().get("/api/countess/intro").await.expect(StatusCode::OK).json();
    assert_eq!((&page["name"], &page["host"]["name"]), (&json!("Intro"), &json!("Ada King")));
}
