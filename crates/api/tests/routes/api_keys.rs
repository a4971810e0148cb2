//! A1: API keys, by which programs act for a person.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{Client, World};

async fn make(host: &Client<'_>, body: Value) -> Value {
    host.post("/api/api-keys", body).await.expect(StatusCode::CREATED).json()
}

fn program<'a>(world: &'a World, key: &Value) -> Client<'a> {
    world.guest().with("authorization", &format!("Bearer {}", key["secret"].as_str().unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_key_acts_for_its_owner_until_it_is_deleted() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    let key = make(&ada, json!({ "name": "CRM" })).await;
    assert_eq!(
        (&key["name"], &key["scopes"], &key["last_used_at"]),
        (&json!("CRM"), &json!(["calendar"]), &Value::Null)
    );
    let program = program(&world, &key);
    assert_eq!(program.get("/api/auth/me").await.expect(StatusCode::OK).json()["user"]["username"], "ada");
    program
        .post("/api/meeting-types", json!({ "name": "Intro", "duration_minutes": 30 }))
        .await
        .expect(StatusCode::CREATED);
    let path = format!("/api/api-keys/{}", key["id"].as_str().unwrap());
    ada.delete(&path).await.expect(StatusCode::NO_CONTENT);
    program.get("/api/auth/me").await.expect_problem(401, "UNAUTHENTICATED");
    ada.delete(&path).await.expect_problem(404, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_secret_is_shown_once_and_kept_by_no_cache() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    let answer = ada.post("/api/api-keys", json!({ "name": "CRM" })).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let key = answer.json();
    let listed = ada.get("/api/api-keys").await.expect(StatusCode::OK);
    assert!(!listed.text.contains(key["secret"].as_str().unwrap()) && !listed.text.contains("secret"));
    assert_eq!(listed.json()["items"][0]["id"], key["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_key_makes_and_sees_and_deletes_no_keys() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    let key = make(&ada, json!({ "name": "CRM" })).await;
    let program = program(&world, &key);
    program.post("/api/api-keys", json!({ "name": "more" })).await.expect_problem(403, "FORBIDDEN");
    program.get("/api/api-keys").await.expect_problem(403, "FORBIDDEN");
    let path = format!("/api/api-keys/{}", key["id"].as_str().unwrap());
    program.delete(&path).await.expect_problem(403, "FORBIDDEN");
    world.guest().get("/api/api-keys").await.expect_problem(401, "UNAUTHENTICATED");
    world
        .guest()
        .with("authorization", "Bearer dbk_x_y")
        .get("/api/api-keys")
        .await
        .expect_problem(401, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn somebody_elses_key_does_not_exist() {
    let world = World::new().await;
    let (ada, bob) = (world.host("ada").await, world.host("bob").await);
    let key = make(&ada, json!({ "name": "CRM" })).await;
    bob.delete(&format!("/api/api-keys/{}", key["id"].as_str().unwrap())).await.expect_problem(404, "NOT_FOUND");
    assert_eq!(bob.get("/api/api-keys").await.json(), json!({ "items": [], "next_cursor": null }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn only_admins_make_keys_to_the_analytics_feed() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    let body = json!({ "name": "feed", "scopes": ["analytics"] });
    ada.post("/api/api-keys", body.clone()).await.expect_problem(403, "FORBIDDEN");
    world.promote("ada").await;
    let key = make(&ada, body).await;
    assert_eq!(key["scopes"], json!(["analytics"]));
    program(&world, &key).get("/api/auth/me").await.expect_problem(403, "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_list_comes_in_pages_newest_first() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    for name in ["one", "two", "three"] {
        make(&ada, json!({ "name": name })).await;
    }
    let page = |query: String| {
        let ada = ada.clone();
        async move { ada.get(&format!("/api/api-keys?{query}")).await.expect(StatusCode::OK).json() }
    };
    let names =
        |page: &Value| page["items"].as_array().unwrap().iter().map(|key| key["name"].clone()).collect::<Vec<_>>();
    let first = page("limit=2".to_owned()).await;
    assert_eq!(names(&first), ["three", "two"]);
    let second = page(format!("limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!((names(&second), &second["next_cursor"]), (vec![json!("one")], &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn bad_input_is_named() {
    let world = World::new().await;
    let ada = world.host("ada").await;
    for (body, field) in [
        (json!({ "name": "" }), "name"),
        (json!({ "name": "a\nb" }), "name"),
        (json!({ "name": "x", "scopes": [] }), "scopes"),
        (json!({ "name": "x", "scopes": ["everything"] }), "scopes"),
        (json!({ "name": "x", "scopes": "calendar" }), "scopes"),
        (json!({ "name": "x", "role": "admin" }), "role"),
    ] {
        let broken = ada.post("/api/api-keys", body.clone()).await.broken_rules();
        assert!(broken.get(field).is_some(), "{body}: {broken}");
    }
    for (query, field) in [("limit=0", "limit"), ("limit=x", "limit"), ("cursor=x", "cursor"), ("page=2", "page")] {
        let broken = ada.get(&format!("/api/api-keys?{query}")).await.broken_rules();
        assert!(broken.get(field).is_some(), "{query}: {broken}");
    }
    assert!(ada.delete("/api/api-keys/mine").await.broken_rules().get("id").is_some());
}
