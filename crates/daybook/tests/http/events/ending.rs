//! When streams end, and how many there may be (A1, A3, O3).

use std::time::{Duration, Instant};

use serde_json::json;

use super::{shared_admin, with_key};
use crate::shared;
use crate::support::deployment::Deployment;
use crate::support::events::Events;
use crate::support::people::Host;
use crate::support::until;

#[tokio::test]
async fn a_stream_ends_when_its_key_is_deleted_or_its_session_is_logged_out() {
    let shared = shared().await;
    let admin = shared_admin().await;
    let (analyst, key) = with_key(&admin, &["analytics"]).await;
    let host = Host::register(&shared.one.http()).await;
    let mut by_key = Events::open(&analyst, "").await;
    let mut by_session = Events::open(&host.at(&shared.other.http()).http, "").await;
    admin.http.delete(&key).await.nothing();
    host.http.post("/api/auth/logout", &json!({})).await.nothing();
    let ended = async { while by_key.next_or_end().await.is_some() {} };
    let (told, ()) = tokio::join!(by_session.next_or_end(), ended);
    assert_eq!(told, None);
    analyst.get("/api/events/stream").await.problem(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn an_admins_stream_ends_with_their_role() {
    let shared = shared().await;
    let admin = shared_admin().await;
    let mut events = Events::open(&admin.http, "").await;
    let (analyst, _) = with_key(&admin, &["analytics"]).await;
    let database_url = shared.deployment.database.app_url();
    let arguments = ["user", "set-role", &admin.email, "user"];
    crate::support::cli::run(&arguments, &[("DATABASE_URL", &database_url)]).await.well();
    while events.next_or_end().await.is_some() {}
    analyst.get("/api/events/stream").await.problem(403, "FORBIDDEN");
    // Who comes back sees their own calendar.
    let mut events = Events::open(&admin.http, "?from=start").await;
    assert_eq!(events.next().await.data["source"], format!("/calendars/{}", admin.id));
}

#[tokio::test]
async fn a_node_that_stops_ends_its_streams_and_does_not_wait_for_them() {
    let deployment = Deployment::create().await;
    let node = deployment.node().await;
    let host = Host::register(&node.http()).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(Events::open(&host.http, "").await);
    }
    let begun = Instant::now();
    let (stopped, ended) =
        tokio::join!(node.stop(), futures::future::join_all(streams.iter_mut().map(Events::next_or_end)));
    let () = stopped;
    assert_eq!(ended, [None, None, None]);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_account_has_so_many_streams_and_those_that_end_make_room() {
    let shared = shared().await;
    let http = shared.one.http();
    let host = Host::register(&http).await;
    let mut streams = Vec::new();
    for _ in 0..16 {
        streams.push(Events::open(&host.http, "").await);
    }
    let refused = host.http.get("/api/events/stream").await;
    refused.problem(429, "RATE_LIMITED");
    assert!(refused.header("retry-after").is_some());
    Events::open(&Host::register(&http).await.http, "").await;
    drop(streams.pop());
    until("there is room again", async || host.http.get("/api/events/stream").begin().await.status() == 200).await;
}
