//! The consumer of `docs/examples` that is killed again and again ends with exactly the log's events, in order.

use std::fs;
use std::path::PathBuf;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use super::{admin, with_key};
use crate::support::deployment::Deployment;
use crate::support::example::{Example, Output, report_kills};
use crate::support::http::Http;
use crate::support::people::Host;
use crate::support::times::{at, later, tuesday};
use crate::support::until;

const KILLS: usize = 12;
const SEED: u64 = 20_261_120;

/// A folder that is gone afterwards.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn create() -> Self {
        let folder = std::env::temp_dir().join(format!("daybook-consumer-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Hosts are booked and guests cancel, one after the other.
async fn bookings(http: &Http, hosts: usize) {
    for _ in 0..hosts {
        let offer = Host::register(http).await.offer().await;
        for slot in 0..12 {
            let booked = offer
                .book(&at(
                    later(tuesday(), 7 * (slot / 4)),
                    ["09:00", "10:00", "11:00", "12:00"][usize::try_from(slot % 4).unwrap()],
                ))
                .await;
            if slot % 3 == 0 {
                booked.cancel().await.ok();
            }
        }
    }
}

#[tokio::test]
async fn a_consumer_killed_at_random_ends_with_exactly_the_logs_events_in_order() {
    let deployment = Deployment::create().await;
    let node = deployment.node().await;
    let (http, log) = (node.http(), deployment.log());
    let (analyst, _) = with_key(&admin(&deployment, &http).await, &["analytics"]).await;
    let folder = Folder::create();
    let output = Output(folder.0.join("events.jsonl"));
    let (url, key) = (node.url.to_string(), analyst.api_key());
    let path = output.0.to_str().unwrap();
    let consume = || {
        let arguments = ["--url", &url, "--output", path, "--from-start"];
        Example::python("sse_consumer.py", &arguments, &[("DAYBOOK_API_KEY", &key)])
    };

    // Far enough behind that some kills meet a consumer which catches up, and some one which follows.
    log.fill(6, 500).await;
    let kill_again_and_again = async {
        let mut chance = SmallRng::seed_from_u64(SEED);
        for kill in 0..KILLS {
            let mut consumer = consume();
            let ahead = if kill < KILLS / 2 { 200_000 } else { 5_000 };
            let length = output.size() + chance.random_range(1..ahead);
            // Once everything is told there may be no more to come: then it is killed as it waits.
            until("the consumer is somewhere", || {
                consumer.assert_running();
                let (is_long, told) = (output.size() >= length, output.places().len());
                let log = &log;
                async move { is_long || i64::try_from(told).unwrap() >= log.events().await }
            })
            .await;
            consumer.kill_9();
        }
    };
    tokio::join!(kill_again_and_again, bookings(&http, 6));

    let mut consumer = consume();
    let expected = log.places_after("0-0").await;
    until("the consumer has caught up", || {
        consumer.assert_running();
        std::future::ready(output.places().len() >= expected.len())
    })
    .await;
    assert_eq!(output.places(), expected);
    consumer.kill_9();
    let text = fs::read_to_string(&output.0).unwrap();
    assert!(
        text.contains("BookingRequested") && !text.contains("Lovelace") && !text.contains("example.org"),
        "personal data"
    );
    report_kills("the SSE consumer", KILLS, expected.len());
    node.stop().await;
}

#[tokio::test]
async fn a_consumer_whose_checkpoint_is_of_another_log_says_so_and_stops() {
    let shared = crate::shared().await;
    let host = Host::register(&shared.one.http()).await;
    let key = host.http.post("/api/api-keys", &serde_json::json!({"name": "CRM"})).await.created();
    let folder = Folder::create();
    let output = folder.0.join("events.jsonl");
    fs::write(folder.0.join("events.jsonl.checkpoint"), r#"{"last_event_id": "1-1", "length": 0}"#).unwrap();
    let arguments = ["--url", shared.one.url.as_str(), "--output", output.to_str().unwrap()];
    let environment = [("DAYBOOK_API_KEY", key["secret"].as_str().unwrap())];
    let mut consumer = Example::python("sse_consumer.py", &arguments, &environment);
    until("the consumer gives up", || std::future::ready(!consumer.is_running())).await;
}
