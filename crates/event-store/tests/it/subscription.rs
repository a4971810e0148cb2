//! Many readers of the log, each from its own place.

use std::time::Duration;

use daybook_domain::ids::HostId;
use daybook_event_store::{
    Append, AppenderOptions, Feed, Place, RecordedEvent, Selection, Subscription, Tail, Wakeups,
};
use daybook_testkit::TestPostgres;
use sqlx::PgPool;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::support::{Appending, DEADLINE, host, some_event, until};

/// A log in a cluster of its own (an open transaction of another test would stall it), with an appender and a tail.
struct Readers {
    pool: PgPool,
    feed: Feed,
    tail: Tail,
    appending: Appending,
    _end: DropGuard,
    _server: TestPostgres,
}

impl Readers {
    async fn create() -> Self {
        let server = TestPostgres::start().await.unwrap();
        server.prepare_database("log").await.unwrap();
        let pool = PgPool::connect(&server.url("log", daybook_testkit::Role::Application)).await.unwrap();
        let (token, tasks) = (CancellationToken::new(), TaskTracker::new());
        let feed = Feed::new(pool.clone());
        let wakeups = Wakeups::listen(pool.clone(), token.clone(), &tasks);
        let tail = Tail::start(feed.clone(), wakeups, token.clone(), &tasks);
        let appending = Appending::on(&pool, AppenderOptions::default());
        Self { pool, feed, tail, appending, _end: token.drop_guard(), _server: server }
    }

    /// Appends events of versions `from + 1 ..= from + count` to a calendar.
    async fn append(&self, host: HostId, from: u64, count: u64) {
        for expected in from..from + count {
            let append = Append { host, expected, events: vec![some_event()], keys: Vec::new() };
            self.appending.appender.append(append).await.unwrap();
        }
    }

    /// Appends many events to one calendar at once, by plain SQL.
    async fn fill(&self, host: HostId, count: i64) {
        let insert = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload)
             SELECT 'calendar', $1, n, 'TimeZoneChanged', '1', '{\"time_zone\":\"UTC\"}' FROM generate_series(1, $2) n";
        sqlx::query(insert).bind(host.to_string()).bind(count).execute(&self.pool).await.unwrap();
    }

    /// Every event after a place, as the feed gives it.
    async fn all_after(&self, place: Place) -> Vec<RecordedEvent> {
        self.feed.after(place, 100_000).await.unwrap()
    }
}

async fn read(subscription: &mut Subscription, count: usize) -> Vec<RecordedEvent> {
    let reading = async {
        let mut seen = Vec::new();
        while seen.len() < count {
            seen.extend(subscription.next().await.unwrap());
        }
        seen
    };
    tokio::time::timeout(DEADLINE, reading).await.expect("the events come")
}

#[track_caller]
fn assert_same(seen: &[RecordedEvent], expected: &[RecordedEvent]) {
    let places = |events: &[RecordedEvent]| events.iter().map(|event| event.place).collect::<Vec<_>>();
    assert_eq!(places(seen), places(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_every_event_once_and_in_order_from_wherever_they_begin() {
    const HOSTS: usize = 12;
    const EACH: u64 = 60;
    let readers = Readers::create().await;
    let hosts: Vec<HostId> = (0..HOSTS).map(|_| host()).collect();
    readers.fill(host(), 1_000).await;
    let behind = readers.all_after(Place::default()).await;
    let begins = [Place::default(), behind[500].place, behind[999].place];
    let write = futures::future::join_all(hosts.iter().map(|host| readers.append(*host, 0, EACH)));
    let total = HOSTS * usize::try_from(EACH).unwrap();
    let everything = begins.map(|begin| {
        let mut subscription = readers.tail.subscribe(Selection::All, begin);
        let count = total + behind.iter().filter(|event| event.place > begin).count();
        async move { (begin, read(&mut subscription, count).await) }
    });
    let own = hosts.iter().map(|host| {
        let mut subscription = readers.tail.subscribe(Selection::Host(*host), Place::default());
        async move { (*host, read(&mut subscription, usize::try_from(EACH).unwrap()).await) }
    });
    let (_, everything, own) =
        tokio::join!(write, futures::future::join_all(everything), futures::future::join_all(own));
    for (begin, seen) in everything {
        assert_same(&seen, &readers.all_after(begin).await);
    }
    for (host, seen) in own {
        assert!(seen.iter().all(|event| event.host == host) && seen.is_sorted_by_key(|event| event.version));
        assert_eq!(seen.len(), usize::try_from(EACH).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_appended_while_nobody_listens_or_just_as_somebody_comes_is_not_lost() {
    let readers = Readers::create().await;
    let host = host();
    let mut place = Place::default();
    let mut seen = Vec::new();
    for round in 0..40 {
        readers.append(host, round * 3, 1).await;
        let mut subscription = readers.tail.subscribe(Selection::All, place);
        let append = readers.append(host, round * 3 + 1, 2);
        let (events, ()) = tokio::join!(read(&mut subscription, 3), append);
        seen.extend(events);
        place = subscription.place();
    }
    assert_same(&seen, &readers.all_after(Place::default()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_falls_behind_loses_nothing() {
    let readers = Readers::create().await;
    let mut slow = readers.tail.subscribe(Selection::All, Place::default());
    let mut quick = readers.tail.subscribe(Selection::All, Place::default());
    readers.append(host(), 0, 1).await;
    assert_eq!(read(&mut slow, 1).await.len(), 1);
    // Far more than the tail keeps for anybody.
    for _ in 0..20 {
        readers.fill(host(), 1_000).await;
    }
    assert_same(&read(&mut quick, 20_001).await, &readers.all_after(Place::default()).await);
    readers.append(host(), 0, 1).await;
    assert_same(&read(&mut slow, 20_001).await, &readers.all_after(Place::default()).await[1..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn now_is_behind_all_that_the_feed_gives_and_before_all_that_it_will_give() {
    let readers = Readers::create().await;
    assert_eq!(readers.feed.reached().await.unwrap(), Place::default());
    let (early, late) = (host(), host());
    readers.append(early, 0, 1).await;
    let before = readers.feed.reached().await.unwrap();
    assert_eq!(readers.all_after(Place::default()).await[0].place, before);

    // A later event is committed while an earlier transaction is still open: it is not given yet, so it is not "now".
    let mut open = readers.pool.begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()").execute(&mut *open).await.unwrap();
    readers.append(late, 0, 1).await;
    assert_eq!(readers.feed.reached().await.unwrap(), before);
    assert_eq!(readers.feed.reached_by(early).await.unwrap(), before);
    assert_eq!(readers.feed.reached_by(late).await.unwrap(), Place::default());
    let mut subscription = readers.tail.subscribe(Selection::Host(late), before);
    let waited = tokio::time::timeout(Duration::from_millis(50), subscription.next()).await;
    assert!(waited.is_err(), "it is held back");
    open.commit().await.unwrap();
    assert_eq!(read(&mut subscription, 1).await[0].host, late);
}

#[tokio::test(flavor = "multi_thread")]
async fn places_that_are_events_are_told_from_others() {
    let readers = Readers::create().await;
    let (one, other) = (host(), host());
    readers.append(one, 0, 1).await;
    readers.append(other, 0, 1).await;
    let place = readers.all_after(Place::default()).await[0].place;
    let has = async |place, host| readers.feed.has_event_at(place, host).await.unwrap();
    assert!(has(place, None).await && has(place, Some(one)).await && !has(place, Some(other)).await);
    for nowhere in [
        Place::default(),
        Place { position: place.position + 7, ..place },
        Place { transaction_id: place.transaction_id - 1, ..place },
        Place { transaction_id: u64::MAX, position: i64::MAX },
    ] {
        assert!(!has(nowhere, None).await, "{nowhere}");
    }
}

/// Counts what the readers cost, by PostgreSQL's own count of looks into the feed's index.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_idle_readers_ask_no_more_often_than_one() {
    let readers = Readers::create().await;
    readers.append(host(), 0, 1).await;
    let place = readers.feed.reached().await.unwrap();
    let mut subscriptions: Vec<_> = (0..100).map(|_| readers.tail.subscribe(Selection::All, place)).collect();
    let listening = futures::future::join_all(subscriptions.iter_mut().map(Subscription::next));
    let scans = async || -> i64 {
        let query = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'events_feed'";
        sqlx::query_scalar(query).fetch_one(&readers.pool).await.unwrap()
    };
    let counting = async {
        // Each has looked once to see that it has missed nothing; PostgreSQL's counts come within a second or so.
        until("all have caught up", async || scans().await >= 100).await;
        let (begun, before) = (Instant::now(), scans().await);
        until("some time has passed", async || begun.elapsed() > Duration::from_secs(4)).await;
        scans().await - before
    };
    tokio::select! {
        _ = listening => panic!("nothing was appended"),
        looks = counting => assert!(looks < 150, "{looks} looks in four seconds"),
    }
}
