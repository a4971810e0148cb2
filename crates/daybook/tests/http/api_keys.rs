//! API keys: `/api-keys`, `Authorization: Bearer` (A1).

use serde_json::{Value, json};

use crate::shared;
use crate::support::cli;
use crate::support::people::Host;
use crate::support::times::instant;

#[tokio::test]
async fn a_key_is_shown_once_and_works_on_every_node_until_it_is_deleted() {
    let shared = shared().await;
    let host = Host::register(&shared.one.http()).await;
    let reply = host.http.post("/api/api-keys", &json!({"name": "CRM"})).await;
    let key = reply.created();
    let secret = key["secret"].as_str().unwrap();
    let mut expected = json!({
        "id": key["id"], "name": "CRM", "scopes": ["calendar"], "created_at": key["created_at"], "last_used_at": null,
        "secret": secret,
    });
    assert_eq!(key, expected);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    instant(&key["created_at"]);

    expected.as_object_mut().unwrap().remove("secret");
    let listed = host.http.get("/api/api-keys").await;
    assert_eq!(listed.ok(), json!({"items": [expected], "next_cursor": null}));

    let program = shared.other.http().with_api_key(secret);
    assert_eq!(program.get("/api/auth/me").await.ok()["user"]["id"], json!(host.id));
    program
        .post("/api/availability/rules", &json!({"day_of_week": 6, "start_time": "10:00", "end_time": "12:00"}))
        .await
        .created();
    // A page of another site has no key to send.
    program.patch("/api/users/me", &json!({"name": "Program"})).header("origin", "https://evil.example").await.ok();
    assert_ne!(host.http.get("/api/api-keys").await.ok()["items"][0]["last_used_at"], Value::Null);

    let path = format!("/api/api-keys/{}", key["id"].as_str().unwrap());
    host.http.delete(&path).await.nothing();
    program.get("/api/auth/me").await.problem(401, "UNAUTHENTICATED");
    host.http.delete(&path).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_program_cannot_manage_keys() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let key = host.http.post("/api/api-keys", &json!({"name": "CRM"})).await.created();
    let program = http.with_api_key(key["secret"].as_str().unwrap());
    program.get("/api/api-keys").await.problem(403, "FORBIDDEN");
    program.post("/api/api-keys", &json!({"name": "another"})).await.problem(403, "FORBIDDEN");
    program.delete(&format!("/api/api-keys/{}", key["id"].as_str().unwrap())).await.problem(403, "FORBIDDEN");
}

#[tokio::test]
async fn only_admins_make_keys_for_analytics_and_those_open_no_calendar() {
    let shared = shared().await;
    let http = shared.one.http();
    let host = Host::register(&http).await;
    let asked = json!({"name": "Warehouse", "scopes": ["analytics"]});
    host.http.post("/api/api-keys", &asked).await.problem(403, "FORBIDDEN");

    let database_url = shared.deployment.database.app_url();
    cli::run(&["user", "set-role", &host.email, "admin"], &[("DATABASE_URL", &database_url)]).await.well();
    let key = host.http.post("/api/api-keys", &asked).await.created();
    assert_eq!(key["scopes"], json!(["analytics"]));
    http.with_api_key(key["secret"].as_str().unwrap()).get("/api/auth/me").await.problem(403, "FORBIDDEN");
}

#[tokio::test]
async fn what_is_no_key_is_refused_even_where_none_is_needed_to_read() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let key = host.http.post("/api/api-keys", &json!({"name": "CRM"})).await.created();
    let secret = key["secret"].as_str().unwrap();
    let shorter = &secret[..secret.len() - 1];
    for wrong in [
        "Bearer",
        "Bearer x",
        "Basic aGk6aG8=",
        "Bearer dbk_",
        &format!("Bearer {shorter}"),
        &format!("Bearer {shorter}!"),
    ] {
        let reply = http.get("/api/auth/me").header("authorization", wrong).await;
        reply.problem(401, "UNAUTHENTICATED");
    }
}
