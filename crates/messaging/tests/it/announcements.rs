//! What a node hears of the events on all nodes (V8).

use crate::support::{
    log::TestLog,
    nodes::{connect, start_relay},
    stream::{Operator, until_streams_reach},
};
use daybook_domain::ids::HostId;
use daybook_event_store::Place;
use daybook_messaging::announcements::{Announcement, EventAnnounced, listen};
use daybook_testkit::TestNats;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
    time::{Duration, timeout},
};
use tokio_util::sync::CancellationToken;

/// A node's ear.
struct Ear {
    heard: UnboundedReceiver<Announcement>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl Ear {
    async fn open(nats: &TestNats) -> Self {
        let (send, heard) = unbounded_channel();
        let cancel = CancellationToken::new();
        let hear = move |announcement| {
            // Nobody listens any more once the test has failed.
            let _ = send.send(announcement);
        };
        let task = tokio::spawn(listen(connect(nats).await, hear, cancel.clone()));
        Self { heard, cancel, task }
    }

    async fn next(&mut self) -> Announcement {
        timeout(Duration::from_mins(1), self.heard.recv()).await.expect("something is heard in time").unwrap()
    }

    async fn until_missed(&mut self) {
        while self.next().await != Announcement::Missed {}
    }

    /// The next event; how often `Missed` came before it does not matter.
    async fn next_event(&mut self) -> (HostId, u64) {
        loop {
            if let Announcement::Event(event) = self.next().await {
                return (event.host, event.version);
            }
        }
    }

    /// Appends events that are heard as they stand in the log. On a machine that stands still for a while the ear may
    /// believe that it missed something; then once more.
    async fn hears_in_order(&mut self, log: &TestLog, host: HostId) {
        for _ in 0..10 {
            let version = log.all().await.len() as u64 + 1;
            let zone = log.append(host, version, "TimeZoneChanged", r#""time_zone":"Europe/Berlin""#).await;
            let schedule = log.append(host, version + 1, "ScheduleRemoved", "").await;
            let expected = [(version, zone, "TimeZoneChanged"), (version + 1, schedule, "ScheduleRemoved")];
            if self.hears(host, expected).await {
                return;
            }
        }
        panic!("it never heard everything");
    }

    async fn hears(&mut self, host: HostId, expected: [(u64, Place, &str); 2]) -> bool {
        for (version, place, event_type) in expected {
            loop {
                match self.next().await {
                    Announcement::Missed => return false,
                    // Of an earlier attempt, or for another ear.
                    Announcement::Event(event) if event.version < version => {}
                    Announcement::Event(event) => {
                        let event_type = event_type.to_owned();
                        assert_eq!(event, EventAnnounced { host, version, event_type, place });
                        break;
                    }
                }
            }
        }
        true
    }

    /// Appends events until one is heard: while the ear is not open again, events go by, each followed by `Missed`.
    async fn hears_what_is_appended_after(&mut self, log: &TestLog, host: HostId, mut version: u64) {
        loop {
            version += 1;
            assert!(version < 40, "nothing is heard any more");
            log.append_more(host, version, 1).await;
            if let Ok(heard) = timeout(Duration::from_secs(2), self.next_event()).await {
                assert_eq!(heard.0, host);
                return;
            }
        }
    }

    async fn close(self) {
        self.cancel.cancel();
        self.task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_node_hears_every_event_from_now_on_in_order() {
    let (log, nats) = (TestLog::create().await, TestNats::start().await.unwrap());
    let relay = start_relay(&log, &nats).await;
    let host = log.append_new(2).await;
    until_streams_reach(&Operator::of(&nats).await, 2).await;
    let mut ears = [Ear::open(&nats).await, Ear::open(&nats).await];
    for ear in &mut ears {
        // From here on nothing is missed.
        ear.until_missed().await;
    }
    for ear in &mut ears {
        ear.hears_in_order(&log, host).await;
    }
    for ear in ears {
        ear.close().await;
    }
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_knows_that_it_may_have_missed_something_while_nats_was_away() {
    let (log, mut nats) = (TestLog::create().await, TestNats::start().await.unwrap());
    let relay = start_relay(&log, &nats).await;
    let host = log.append_new(1).await;
    until_streams_reach(&Operator::of(&nats).await, 1).await;
    let mut ear = Ear::open(&nats).await;
    ear.until_missed().await;
    log.append_more(host, 2, 1).await;
    assert_eq!(ear.next_event().await, (host, 2));

    nats.kill_9().await.unwrap();
    log.append_more(host, 3, 1).await;
    nats.restart().await.unwrap();
    ear.until_missed().await;
    let operator = Operator::of(&nats).await;
    until_streams_reach(&operator, 3).await;
    ear.hears_what_is_appended_after(&log, host, 3).await;
    ear.close().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_listens_to_the_stream_that_replaces_a_deleted_one() {
    let (log, nats) = (TestLog::create().await, TestNats::start().await.unwrap());
    let relay = start_relay(&log, &nats).await;
    let host = log.append_new(3).await;
    let operator = Operator::of(&nats).await;
    until_streams_reach(&operator, 3).await;
    let mut ear = Ear::open(&nats).await;
    ear.until_missed().await;
    operator.jetstream.delete_stream("DAYBOOK").await.unwrap();
    ear.until_missed().await;
    until_streams_reach(&operator, 3).await;
    ear.hears_what_is_appended_after(&log, host, 3).await;
    ear.close().await;
    relay.stop().await;
}
