//! The log in commit order, while transactions overlap. On clusters of their own: an open transaction stalls every feed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use daybook_domain::ids::HostId;
use daybook_event_store::{Append, AppendError, AppenderOptions, Feed, Place, Wakeups};
use daybook_testkit::{Role, TestPostgres};
use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::support::{Appending, DEADLINE, host, some_event, until};

async fn cluster() -> (TestPostgres, PgPool) {
    let server = TestPostgres::start().await.unwrap();
    server.prepare_database("log").await.unwrap();
    let pool = PgPool::connect(&server.url("log", Role::Application)).await.unwrap();
    (server, pool)
}

/// A first event of a stream, within whatever transaction the connection is in.
async fn insert(connection: &mut PgConnection, host: HostId) {
    let query = sqlx::query(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload)
         VALUES ('calendar', $1, 1, 'X', '1', '{}')",
    );
    query.bind(host.to_string()).execute(connection).await.unwrap();
}

async fn streams(feed: &Feed) -> Vec<HostId> {
    feed.after(Place::default(), 100).await.unwrap().iter().map(|event| event.host).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_waits_for_the_transactions_that_began_before_it() {
    let (_server, pool) = cluster().await;
    let feed = Feed::new(pool.clone());
    let (early, late) = (host(), host());
    let mut open = pool.begin().await.unwrap();
    insert(&mut open, early).await;
    insert(&mut pool.acquire().await.unwrap(), late).await;
    assert_eq!(streams(&feed).await, [], "the later one is committed, but the earlier one may still come before it");
    assert!(feed.is_held_back(Place::default()).await.unwrap());
    open.commit().await.unwrap();
    assert_eq!(streams(&feed).await, [early, late]);
    assert!(!feed.is_held_back(feed.end().await.unwrap().unwrap().0).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_rolled_back_holds_nothing_up() {
    let (_server, pool) = cluster().await;
    let feed = Feed::new(pool.clone());
    let kept = host();
    let mut open = pool.begin().await.unwrap();
    insert(&mut open, host()).await;
    insert(&mut pool.acquire().await.unwrap(), kept).await;
    open.rollback().await.unwrap();
    assert_eq!(streams(&feed).await, [kept]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_only_waits_for_writers() {
    let (_server, pool) = cluster().await;
    let mut reading = pool.begin().await.unwrap();
    sqlx::query("SELECT count(*) FROM events").execute(&mut *reading).await.unwrap();
    let written = host();
    insert(&mut pool.acquire().await.unwrap(), written).await;
    assert_eq!(streams(&Feed::new(pool.clone())).await, [written]);
}

/// Readers look for events held back all the time: a look that read the log from its beginning would cost more with every
/// event that was ever written.
#[tokio::test(flavor = "multi_thread")]
async fn looking_for_events_held_back_reads_the_end_of_the_log_only() {
    let (_server, pool) = cluster().await;
    sqlx::query(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload)
         SELECT 'calendar', gen_random_uuid(), 1, 'X', '1', '{}' FROM generate_series(1, 2000)",
    )
    .execute(&pool)
    .await
    .unwrap();
    let end = Feed::new(pool.clone()).reached().await.unwrap();
    assert!(!Feed::new(pool.clone()).is_held_back(end).await.unwrap());
    let looks = concat!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ", include_str!("../../src/held_back.sql"));
    let looks = sqlx::query_scalar(looks).bind(end.transaction_id.to_string()).bind(end.position);
    let plan: serde_json::Value = looks.fetch_one(&pool).await.unwrap();
    let pages = &plan[0]["Plan"]["Shared Hit Blocks"];
    assert!(pages.as_u64().unwrap() < 10, "it read {pages} pages: {plan:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_sees_every_event_once_and_in_order_while_many_write() {
    const WRITERS: usize = 24;
    const EACH: usize = 30;
    let (_server, pool) = cluster().await;
    let nodes = [0, 1].map(|_| Appending::on(&pool, AppenderOptions::default()));
    let hosts: Vec<HostId> = (0..8).map(|_| host()).collect();
    let (token, tasks) = (CancellationToken::new(), TaskTracker::new());
    let _end = token.clone().drop_guard();

    let write = async |n: usize| {
        let mut ids = Vec::new();
        while ids.len() < EACH {
            let host = hosts[(n + ids.len()) % hosts.len()];
            let version: i64 =
                sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM streams WHERE aggregate_id = $1")
                    .bind(host.0)
                    .fetch_one(&pool)
                    .await
                    .unwrap();
            let event = some_event();
            let id = event.id;
            let append = Append { host, expected: version.cast_unsigned(), events: vec![event], keys: Vec::new() };
            match nodes[n % 2].appender.append(append).await {
                Ok(_) => ids.push(id),
                Err(AppendError::Conflict) => {}
                Err(error) => panic!("{error}"),
            }
        }
        ids
    };
    // Every now and then a slow writer, whose early place becomes visible late.
    let slow_writes = async {
        let mut ids = Vec::new();
        for _ in 0..10 {
            let mut open = pool.begin().await.unwrap();
            insert(&mut open, host()).await;
            let id: Uuid =
                sqlx::query_scalar("SELECT event_id FROM events WHERE transaction_id = pg_current_xact_id()")
                    .fetch_one(&mut *open)
                    .await
                    .unwrap();
            let end = Feed::new(pool.clone()).end().await.unwrap();
            let later = async || Feed::new(pool.clone()).end().await.unwrap() > end;
            // Others commit later places meanwhile, unless they have finished.
            let _ = tokio::time::timeout(Duration::from_millis(200), until("others write", later)).await;
            open.commit().await.unwrap();
            ids.push(id);
        }
        ids
    };
    let follow = async {
        let wakeups = Wakeups::listen(pool.clone(), token.clone(), &tasks);
        let mut follower = Feed::new(pool.clone()).follow(Place::default(), wakeups);
        let mut seen = Vec::new();
        while seen.len() < WRITERS * EACH + 10 {
            seen.extend(follower.next(50).await.unwrap());
        }
        assert_eq!(follower.place(), seen.last().unwrap().place);
        seen
    };
    let all = async { tokio::join!(futures::future::join_all((0..WRITERS).map(write)), slow_writes, follow) };
    let (written, slow, seen) = tokio::time::timeout(DEADLINE * 2, all).await.expect("the follower sees everything");

    let written: BTreeSet<Uuid> = written.into_iter().flatten().chain(slow).collect();
    assert_eq!(seen.iter().map(|event| event.id).collect::<BTreeSet<_>>(), written, "nothing is missing");
    assert_eq!(seen.len(), written.len(), "nothing comes twice");
    assert!(seen.is_sorted_by_key(|event| event.place));
    let mut versions = BTreeMap::<HostId, u64>::new();
    for event in &seen {
        let version = versions.entry(event.host).or_default();
        *version += 1;
        assert_eq!(event.version, *version, "each stream comes in its own order");
    }
}
