//! The consumer, killed again and again while events are published, ends with exactly the stream's events, in order.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use async_nats::jetstream;
use daybook_testkit::TestNats;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep};

const EVENTS: usize = 3_000;
const KILLS: usize = 12;
const SEED: u64 = 20_261_120;
const DEADLINE: Duration = Duration::from_mins(1);

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Killed when dropped.
struct Consumer(Child);

impl Consumer {
    fn start(url: &str, output: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daybook-example-consumer"));
        Self(command.arg("--output").arg(output).env("NATS_ANALYTICS_URL", url).spawn().unwrap())
    }

    /// Waits until there is so much output.
    async fn until(&mut self, output: &Path, enough: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !enough(&fs::read_to_string(output).unwrap_or_default()) {
            assert!(matches!(self.0.try_wait(), Ok(None)), "the consumer gave up");
            assert!(Instant::now() < deadline, "the consumer does not get on");
            sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Publishes events as the relay does.
async fn publish(jetstream: &jetstream::Context) {
    for n in 0..EVENTS {
        let event =
            format!(r#"{{"specversion":"1.0","id":"{}","sequence":"742-{n}","data":{{}}}}"#, uuid::Uuid::now_v7());
        jetstream.publish("daybook.analytics.TimeZoneChanged", event.into()).await.unwrap().await.unwrap();
    }
}

fn sequences(text: &str) -> Vec<String> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let sequence =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["sequence"].as_str().unwrap().to_owned();
    whole.lines().map(sequence).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_killed_at_random_ends_with_exactly_the_streams_events_in_order() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let nats = TestNats::start().await.unwrap();
    let server: async_nats::ServerAddr = nats.service_url().parse().unwrap();
    let (user, password) = (server.username().unwrap().to_owned(), server.password().unwrap().to_owned());
    let service = async_nats::ConnectOptions::with_user_and_password(user, password).connect(server).await.unwrap();
    let jetstream = jetstream::new(service);
    let config = jetstream::stream::Config {
        name: "DAYBOOK_ANALYTICS".to_owned(),
        subjects: vec!["daybook.analytics.>".to_owned()],
        ..jetstream::stream::Config::default()
    };
    jetstream.create_stream(config).await.unwrap();
    let folder = Folder(std::env::temp_dir().join(format!("daybook-example-{}", uuid::Uuid::now_v7())));
    fs::create_dir(&folder.0).unwrap();
    let output = folder.0.join("events.jsonl");
    let url = nats.analytics_url();

    let killing = async {
        let mut chance = SmallRng::seed_from_u64(SEED);
        for _ in 0..KILLS {
            let begun = fs::metadata(&output).map_or(0, |file| file.len());
            let ahead = chance.random_range(1..20_000);
            let length = usize::try_from(begun).unwrap() + ahead;
            let mut consumer = Consumer::start(&url, &output);
            let enough = |text: &str| text.len() >= length || sequences(text).len() == EVENTS;
            consumer.until(&output, enough).await;
        }
    };
    tokio::join!(publish(&jetstream), killing);

    let mut consumer = Consumer::start(&url, &output);
    consumer.until(&output, |text| sequences(text).len() >= EVENTS).await;
    let expected: Vec<String> = (0..EVENTS).map(|n| format!("742-{n}")).collect();
    assert_eq!(sequences(&fs::read_to_string(&output).unwrap()), expected);
}
