//! The appender over plain events.

use std::collections::BTreeMap;

use daybook_domain::ids::HostId;
use daybook_domain::personal::Subject;
use daybook_event_store::{Append, AppendError, Appended, AppenderOptions, Feed, NewEvent, Place};
use daybook_testkit::TestDatabase;
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{Appending, booking_event, host, some_event};

fn append(host: HostId, expected: u64, events: Vec<NewEvent>) -> Append {
    Append { host, expected, events, keys: Vec::new() }
}

async fn start(options: AppenderOptions) -> (TestDatabase, Appending) {
    let database = TestDatabase::create().await.unwrap();
    let appending = Appending::on(&database.pool(), options);
    (database, appending)
}

/// The ids of a stream's events, in order.
async fn ids(pool: &PgPool, host: HostId) -> Vec<Uuid> {
    let query = sqlx::query_scalar("SELECT event_id FROM events WHERE aggregate_id = $1 ORDER BY sequence");
    query.bind(host.to_string()).fetch_all(pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_moves_its_stream_and_says_where_its_last_event_stands() {
    let (database, node) = start(AppenderOptions::default()).await;
    let host = host();
    let first = node.appender.append(append(host, 0, vec![some_event(), some_event()])).await.unwrap();
    let second = node.appender.append(append(host, 2, vec![some_event()])).await.unwrap();
    assert_eq!((first.version, second.version), (2, 3));
    assert!(first.place < second.place && first.recorded_at <= second.recorded_at);
    let last: (i64, i64) = sqlx::query_as("SELECT sequence, position FROM events ORDER BY position DESC LIMIT 1")
        .fetch_one(&database.pool())
        .await
        .unwrap();
    assert_eq!(last, (3, second.place.position));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_at_another_version_than_the_streams_is_a_conflict_and_leaves_nothing() {
    let (database, node) = start(AppenderOptions::default()).await;
    let host = host();
    node.appender.append(append(host, 0, vec![some_event(), some_event()])).await.unwrap();
    for expected in [0, 1, 3, 9] {
        let lost = node.appender.append(append(host, expected, vec![some_event()])).await;
        assert_eq!(lost, Err(AppendError::Conflict), "expected {expected}");
    }
    assert_eq!(ids(&database.pool(), host).await.len(), 2);
    assert_eq!((node.count("appended"), node.count("conflict")), (1, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_should_exist_and_does_not_is_a_conflict_and_is_not_created() {
    let (database, node) = start(AppenderOptions::default()).await;
    let lost = node.appender.append(append(host(), 1, vec![some_event()])).await;
    assert_eq!(lost, Err(AppendError::Conflict));
    let streams: i64 = sqlx::query_scalar("SELECT count(*) FROM streams").fetch_one(&database.pool()).await.unwrap();
    assert_eq!(streams, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_that_wait_together_are_written_together() {
    let (database, node) = start(AppenderOptions { connections: 1, ..AppenderOptions::default() }).await;
    let appends = (0..100).map(|_| node.appender.append(append(host(), 0, vec![some_event()])));
    for appended in futures::future::join_all(appends).await {
        appended.unwrap();
    }
    let transactions: i64 = sqlx::query_scalar("SELECT count(DISTINCT transaction_id::text) FROM events")
        .fetch_one(&database.pool())
        .await
        .unwrap();
    assert!(transactions < 20, "100 appends took {transactions} transactions");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_appends_at_one_version_exactly_one_wins() {
    let (database, node) = start(AppenderOptions::default()).await;
    let host = host();
    let appends: Vec<_> = (0..20).map(|_| append(host, 0, vec![some_event()])).collect();
    let answers = futures::future::join_all(appends.iter().cloned().map(|a| node.appender.append(a))).await;
    let won: Vec<_> = appends.iter().zip(&answers).filter(|(_, answer)| answer.is_ok()).map(|(a, _)| a).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(ids(&database.pool(), host).await, [won[0].events[0].id]);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(AppendError::Conflict))), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_overlapping_booking_in_a_batch_is_refused_and_all_others_are_written() {
    let (database, node) = start(AppenderOptions { connections: 1, ..AppenderOptions::default() }).await;
    let hot = host();
    node.appender.append(append(hot, 0, vec![booking_event("BookingRequested", Uuid::now_v7(), 4)])).await.unwrap();
    let overlap = append(hot, 1, vec![booking_event("BookingRequested", Uuid::now_v7(), 4)]);
    let mut appends: Vec<_> =
        (0..30).map(|_| append(host(), 0, vec![booking_event("BookingRequested", Uuid::now_v7(), 4)])).collect();
    appends.insert(13, overlap);
    let answers = futures::future::join_all(appends.into_iter().map(|a| node.appender.append(a))).await;
    for (n, answer) in answers.into_iter().enumerate() {
        match n {
            13 => assert_eq!(answer, Err(AppendError::TimeTaken)),
            _ => drop(answer.unwrap()),
        }
    }
    assert_eq!(ids(&database.pool(), hot).await.len(), 1);
    assert_eq!((node.count("appended"), node.count("time_taken")), (31, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_commands_with_one_idempotency_key_in_a_batch_one_is_written() {
    let (database, node) = start(AppenderOptions { connections: 1, ..AppenderOptions::default() }).await;
    let keyed = || NewEvent { metadata: r#"{"idempotency_key":"k"}"#.into(), ..some_event() };
    let appends = [keyed(), some_event(), keyed(), keyed()].map(|event| append(host(), 0, vec![event]));
    let answers = futures::future::join_all(appends.into_iter().map(|a| node.appender.append(a))).await;
    let taken = answers.iter().filter(|answer| **answer == Err(AppendError::IdempotencyKeyTaken)).count();
    assert_eq!((taken, answers.iter().filter(|answer| answer.is_ok()).count()), (2, 2), "{answers:?}");
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&database.pool()).await.unwrap();
    assert_eq!(events, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_key_is_gone_is_refused_and_hurts_nobody_else() {
    let (database, node) = start(AppenderOptions { connections: 1, ..AppenderOptions::default() }).await;
    let key: (String, Uuid) = sqlx::query_as(
        "INSERT INTO subject_keys (subject, key_id, wrapped) VALUES ('ada', 'k', '') RETURNING subject, id",
    )
    .fetch_one(&database.pool())
    .await
    .unwrap();
    let key = (Subject(key.0), key.1);
    let sealed_with =
        |key: &(Subject, Uuid)| Append { keys: vec![key.clone()], ..append(host(), 0, vec![some_event()]) };
    let (there, another, nobodys) = tokio::join!(
        node.appender.append(sealed_with(&key)),
        node.appender.append(sealed_with(&(key.0.clone(), Uuid::now_v7()))),
        node.appender.append(sealed_with(&(Subject("eve".to_owned()), key.1))),
    );
    there.unwrap();
    assert_eq!((another, nobodys), (Err(AppendError::KeyGone), Err(AppendError::KeyGone)));
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&database.pool()).await.unwrap();
    assert_eq!((events, node.count("key_gone")), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_the_program_is_told_as_one_and_hurts_nobody_else() {
    let (_database, node) = start(AppenderOptions { connections: 1, ..AppenderOptions::default() }).await;
    let faulty = NewEvent { payload: "not json".into(), ..some_event() };
    let (faulty, sound) = tokio::join!(
        node.appender.append(append(host(), 0, vec![faulty])),
        node.appender.append(append(host(), 0, vec![some_event()])),
    );
    assert!(matches!(&faulty, Err(AppendError::Refused { code, .. }) if code == "22P02"), "{faulty:?}");
    sound.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_write_the_same_few_streams_never_deadlock_and_lose_nothing() {
    const WRITERS: usize = 64;
    const EACH: usize = 12;
    let database = TestDatabase::create().await.unwrap();
    let nodes = [0, 1].map(|_| Appending::on(&database.pool(), AppenderOptions::default()));
    let hosts: Vec<HostId> = (0..6).map(|_| host()).collect();
    let writer = async |n: usize| {
        let (node, mut expected) = (&nodes[n % 2], BTreeMap::<HostId, u64>::new());
        let mut written: Vec<(HostId, Uuid, Appended)> = Vec::new();
        while written.len() < EACH {
            let host = hosts[(n + written.len()) % hosts.len()];
            let version = expected.entry(host).or_default();
            let event = some_event();
            let id = event.id;
            match node.appender.append(append(host, *version, vec![event])).await {
                Ok(appended) => {
                    *version = appended.version;
                    written.push((host, id, appended));
                }
                Err(AppendError::Conflict) => {
                    let query = sqlx::query_scalar::<_, i64>("SELECT version FROM streams WHERE aggregate_id = $1");
                    let now = query.bind(host.0).fetch_one(&database.pool()).await.unwrap();
                    *version = now.cast_unsigned();
                }
                Err(error) => panic!("{error}"),
            }
        }
        written
    };
    let written: Vec<_> = futures::future::join_all((0..WRITERS).map(writer)).await.into_iter().flatten().collect();
    assert_eq!(written.len(), WRITERS * EACH);
    for host in hosts {
        let log = ids(&database.pool(), host).await;
        let mine: Vec<_> = written.iter().filter(|(h, ..)| *h == host).collect();
        assert_eq!(log.len(), mine.len(), "every acknowledged event is there, and no other");
        for (_, id, appended) in mine {
            assert_eq!(log[usize::try_from(appended.version).unwrap() - 1], *id);
        }
    }
    let deadlocks: i64 =
        sqlx::query_scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            .fetch_one(&database.pool())
            .await
            .unwrap();
    assert_eq!(deadlocks, 0);
    let feed = Feed::new(database.pool());
    crate::support::until("the feed gives all", async || {
        feed.after(Place::default(), 10_000).await.unwrap().len() == WRITERS * EACH
    })
    .await;
    let mut versions = BTreeMap::<HostId, u64>::new();
    for event in feed.after(Place::default(), 10_000).await.unwrap() {
        let version = versions.entry(event.host).or_default();
        *version += 1;
        assert_eq!(event.version, *version, "the feed has each stream in its own order");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_shutdown_what_waits_is_written_and_what_comes_later_is_refused() {
    let (database, node) = start(AppenderOptions { connections: 1, streams: 2, ..AppenderOptions::default() }).await;
    let appends = (0..7).map(|_| node.appender.append(append(host(), 0, vec![some_event()])));
    let mut waiting = std::pin::pin!(futures::future::join_all(appends));
    // Polled once, all of them are in the channel.
    assert!(futures::poll!(&mut waiting).is_pending());
    node.token.cancel();
    for appended in waiting.await {
        appended.unwrap();
    }
    node.tasks.close();
    tokio::time::timeout(crate::support::DEADLINE, node.tasks.wait()).await.expect("the tasks end");
    let late = node.appender.append(append(host(), 0, vec![some_event()])).await;
    assert!(matches!(late, Err(AppendError::Unavailable(_))), "{late:?}");
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&database.pool()).await.unwrap();
    assert_eq!(events, 7);
}
