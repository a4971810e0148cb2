//! `/events/stream`, and what else hands events out (SPEC §2, §3, §4).

mod access;
mod command;
mod consumer;
mod ending;
mod live;
mod resume;

use serde_json::json;

use crate::shared;
use crate::support::deployment::Deployment;
use crate::support::http::Http;
use crate::support::people::Host;

/// Somebody whom the command line has made an admin.
async fn admin(deployment: &Deployment, http: &Http) -> Host {
    Host::admin(http, &deployment.database.app_url()).await
}

/// Somebody with an API key of these scopes that an admin has made, and the key's path.
async fn with_key(admin: &Host, scopes: &[&str]) -> (Http, String) {
    let key = admin.http.post("/api/api-keys", &json!({"name": "Consumer", "scopes": scopes})).await.created();
    let path = format!("/api/api-keys/{}", key["id"].as_str().unwrap());
    (admin.http.anonymous().with_api_key(key["secret"].as_str().unwrap()), path)
}

/// An admin of the nodes that tests share.
async fn shared_admin() -> Host {
    let shared = shared().await;
    admin(&shared.deployment, &shared.one.http()).await
}
