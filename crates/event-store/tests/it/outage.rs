//! What the appender answers while connections break and servers die: the truth.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use daybook_domain::ids::HostId;
use daybook_event_store::{Append, AppendError, AppenderOptions, NewEvent};
use daybook_testkit::{Role, TestDatabase, TestPostgres};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

use crate::proxy::{Fault, Proxy};
use crate::support::{Appending, DEADLINE, event, host, some_event, until};

/// An event by which the proxy recognises the statement to tamper with.
fn marked() -> NewEvent {
    event("TimeZoneChanged", format!(r#"{{"mark":"{}"}}"#, crate::proxy::MARK))
}

fn append(host: HostId, expected: u64, event: &NewEvent) -> Append {
    Append { host, expected, events: vec![event.clone()], keys: Vec::new() }
}

async fn ids(pool: &PgPool, host: HostId) -> Vec<Uuid> {
    let query = sqlx::query_scalar("SELECT event_id FROM events WHERE aggregate_id = $1 ORDER BY sequence");
    query.bind(host.to_string()).fetch_all(pool).await.unwrap()
}

async fn behind_a_proxy() -> (TestDatabase, Proxy, Appending) {
    let database = TestDatabase::create().await.unwrap();
    let proxy = Proxy::before(&database.pool()).await;
    let node = Appending::on(&proxy.pool(), AppenderOptions { connections: 1, ..AppenderOptions::default() });
    (database, proxy, node)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_answer_is_lost_after_the_commit_is_acknowledged_and_made_once() {
    let (database, proxy, node) = behind_a_proxy().await;
    let (host, event) = (host(), marked());
    node.appender.append(append(host, 0, &some_event())).await.unwrap();
    proxy.next(Fault::AnswerLost);
    let appended = node.appender.append(append(host, 1, &event)).await.unwrap();
    assert_eq!(appended.version, 2);
    assert_eq!(ids(&database.pool(), host).await[1..], [event.id]);
    let position: i64 =
        sqlx::query_scalar("SELECT max(position) FROM events").fetch_one(&database.pool()).await.unwrap();
    assert_eq!(appended.place.position, position);
    assert_eq!(proxy.faults(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_never_reached_the_server_is_made_once() {
    let (database, proxy, node) = behind_a_proxy().await;
    let (host, event) = (host(), marked());
    proxy.next(Fault::RequestLost);
    node.appender.append(append(host, 0, &event)).await.unwrap();
    assert_eq!(ids(&database.pool(), host).await, [event.id]);
    assert_eq!(proxy.faults(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_was_lost_and_then_overtaken_is_a_conflict() {
    let (database, proxy, node) = behind_a_proxy().await;
    let (host, lost, other) = (host(), marked(), some_event());
    proxy.next(Fault::RequestLostAndHeld);
    let (answer, ()) = tokio::join!(node.appender.append(append(host, 0, &lost)), async {
        until("the request is lost", async || proxy.faults() == 1).await;
        let elsewhere = Appending::on(&database.pool(), AppenderOptions::default());
        elsewhere.appender.append(append(host, 0, &other)).await.unwrap();
        proxy.release();
    });
    assert_eq!(answer, Err(AppendError::Conflict));
    assert_eq!(ids(&database.pool(), host).await, [other.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_ended_by_an_operator_loses_nothing() {
    let database = TestDatabase::create().await.unwrap();
    let node = Appending::on(&database.pool(), AppenderOptions::default());
    let host = host();
    node.appender.append(append(host, 0, &some_event())).await.unwrap();
    let superuser = PgPool::connect(&database.superuser_url()).await.unwrap();
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'daybook appender'",
    )
    .execute(&superuser)
    .await
    .unwrap();
    assert_eq!(node.appender.append(append(host, 1, &some_event())).await.unwrap().version, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_an_append_is_given_up_in_time_and_with_one_it_works_again() {
    let mut server = TestPostgres::start().await.unwrap();
    server.prepare_database("log").await.unwrap();
    let pool = lazy_pool(&server.url("log", Role::Application));
    let patience = Duration::from_millis(400);
    let node = Appending::on(&pool, AppenderOptions { patience, ..AppenderOptions::default() });
    server.stop().await.unwrap();
    let refused = node.appender.append(append(host(), 0, &some_event())).await;
    assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
    server.restart().await.unwrap();
    node.appender.append(append(host(), 0, &some_event())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_kill_9_of_the_server_every_answer_holds() {
    let mut server = TestPostgres::start().await.unwrap();
    server.prepare_database("log").await.unwrap();
    let pool = lazy_pool(&server.url("log", Role::Application));
    let node = Appending::on(&pool, AppenderOptions { patience: DEADLINE, ..AppenderOptions::default() });
    let mut answers = Vec::new();
    for _ in 0..3 {
        let enough = AtomicBool::new(false);
        let writers = (0..32).map(async |_| {
            let host = host();
            let mut answers = Vec::new();
            while !enough.load(Ordering::SeqCst) {
                let event = some_event();
                let answer = node.appender.append(append(host, answers.len() as u64, &event)).await;
                let lost = answer.is_err();
                answers.push((event.id, answer));
                if lost {
                    break;
                }
            }
            answers
        });
        let kill = async {
            let get_on = async || {
                let before = written(&pool).await;
                until("appends get on", async || written(&pool).await > before + 100).await;
            };
            get_on().await;
            server.kill_9().await.unwrap();
            server.restart().await.unwrap();
            get_on().await;
            enough.store(true, Ordering::SeqCst);
        };
        let (writers, ()) = tokio::join!(futures::future::join_all(writers), kill);
        answers.extend(writers.into_iter().flatten());
    }
    let log = sqlx::query_scalar("SELECT event_id FROM events").fetch_all(&pool).await.unwrap();
    let log: HashSet<Uuid> = log.into_iter().collect();
    for (id, answer) in &answers {
        match answer {
            Ok(_) => assert!(log.contains(id), "an acknowledged event is lost"),
            Err(error) => assert!(!log.contains(id), "an event is there that was refused: {error}"),
        }
    }
    let acknowledged = answers.iter().filter(|(_, answer)| answer.is_ok()).count();
    assert_eq!(acknowledged, answers.len(), "with enough patience every append is made");
    assert_eq!(log.len(), acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_somebody_holds_locked_does_not_keep_the_others_of_its_batch() {
    // Of its own, because the open transaction would stall the feeds of other tests.
    let server = TestPostgres::start().await.unwrap();
    server.prepare_database("log").await.unwrap();
    let pool = lazy_pool(&server.url("log", Role::Application));
    let node = Appending::on(&pool, AppenderOptions { connections: 1, ..AppenderOptions::default() });
    let locked = host();
    node.appender.append(append(locked, 0, &some_event())).await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    let lock = sqlx::query("SELECT FROM streams WHERE aggregate_id = $1 FOR UPDATE").bind(locked.0);
    lock.execute(&mut *transaction).await.unwrap();

    let blocked = node.appender.append(append(locked, 1, &some_event()));
    let others = (0..10).map(|_| node.appender.append(append(host(), 0, &some_event())));
    let (blocked, others) = tokio::join!(blocked, futures::future::join_all(others));
    assert!(matches!(blocked, Err(AppendError::Unavailable(_))), "{blocked:?}");
    assert!(others.iter().all(Result::is_ok), "{others:?}");
    transaction.rollback().await.unwrap();
    node.appender.append(append(locked, 1, &some_event())).await.unwrap();
}

async fn written(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(pool).await.unwrap()
}

fn lazy_pool(url: &str) -> PgPool {
    PgPoolOptions::new().acquire_timeout(DEADLINE).connect_lazy(url).unwrap()
}
