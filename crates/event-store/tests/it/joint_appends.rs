//! Appends to several streams: all or none, also where a connection breaks in the middle.

use daybook_domain::ids::HostId;
use daybook_event_store::{Append, AppendError, AppenderOptions, NewEvent};
use daybook_testkit::TestDatabase;
use sqlx::PgPool;
use uuid::Uuid;

use crate::proxy::{Fault, Proxy};
use crate::support::{Appending, booking_event, event, host, some_event, until};

fn append(host: HostId, expected: u64, event: NewEvent) -> Append {
    Append { host, expected, events: vec![event], keys: Vec::new() }
}

/// An event by which the proxy recognises the statement to tamper with.
fn marked() -> NewEvent {
    event("TimeZoneChanged", format!(r#"{{"mark":"{}"}}"#, crate::proxy::MARK))
}

/// The streams' versions by the table that orders their writers, and by the events themselves.
async fn versions(pool: &PgPool, hosts: &[HostId]) -> Vec<(i64, i64)> {
    let query = "SELECT coalesce((SELECT version FROM streams WHERE aggregate_id = $1), 0),
                        (SELECT count(*) FROM events WHERE aggregate_id = $1::text)";
    let mut versions = Vec::new();
    for host in hosts {
        versions.push(sqlx::query_as(query).bind(host.0).fetch_one(pool).await.unwrap());
    }
    versions
}

async fn start() -> (TestDatabase, Appending, [HostId; 3]) {
    let database = TestDatabase::create().await.unwrap();
    let node = Appending::on(&database.pool(), AppenderOptions::default());
    (database, node, [host(), host(), host()])
}

async fn behind_a_proxy() -> (TestDatabase, Proxy, Appending) {
    let database = TestDatabase::create().await.unwrap();
    let proxy = Proxy::before(&database.pool()).await;
    let node = Appending::on(&proxy.pool(), AppenderOptions { connections: 1, ..AppenderOptions::default() });
    (database, proxy, node)
}

#[tokio::test(flavor = "multi_thread")]
async fn all_streams_move_in_one_transaction_and_are_answered_in_order() {
    let (database, node, hosts) = start().await;
    node.appender.append(append(hosts[1], 0, some_event())).await.unwrap();
    let expected = [0, 1, 0];
    let appends = hosts.iter().zip(expected).map(|(&host, expected)| append(host, expected, some_event())).collect();
    let appended = node.appender.append_together(appends).await.unwrap();
    assert_eq!(appended.iter().map(|a| a.version).collect::<Vec<_>>(), [1, 2, 1]);
    assert!(appended.iter().all(|a| a.place.transaction_id == appended[0].place.transaction_id));
    assert!(appended.is_sorted_by_key(|a| a.place));
    assert_eq!(versions(&database.pool(), &hosts).await, [(1, 1), (2, 2), (1, 1)]);
}

/// A condition on the number of streams alone would move the versions of some without writing their events.
#[tokio::test(flavor = "multi_thread")]
async fn where_one_stream_is_at_another_version_none_moves() {
    let (database, node, hosts) = start().await;
    node.appender.append(append(hosts[0], 0, some_event())).await.unwrap();
    node.appender.append(append(hosts[1], 0, some_event())).await.unwrap();
    for expected in [[1, 0, 0], [1, 2, 0], [1, 1, 5], [0, 0, 3]] {
        let appends =
            hosts.iter().zip(expected).map(|(&host, expected)| append(host, expected, some_event())).collect();
        assert_eq!(node.appender.append_together(appends).await, Err(AppendError::AnyConflict), "{expected:?}");
        assert_eq!(versions(&database.pool(), &hosts).await, [(1, 1), (1, 1), (0, 0)], "{expected:?}");
    }
    assert_eq!(node.count("conflict"), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_that_refuses_one_stream_leaves_the_others_untouched() {
    let (database, node, hosts) = start().await;
    let booking = || booking_event("BookingRequested", Uuid::now_v7(), 4);
    node.appender.append(append(hosts[2], 0, booking())).await.unwrap();
    let appends = vec![append(hosts[0], 0, booking()), append(hosts[1], 0, booking()), append(hosts[2], 1, booking())];
    assert_eq!(node.appender.append_together(appends).await, Err(AppendError::TimeTaken));
    assert_eq!(versions(&database.pool(), &hosts).await, [(0, 0), (0, 0), (1, 1)]);
    let reservations: i64 =
        sqlx::query_scalar("SELECT count(*) FROM reservations").fetch_one(&database.pool()).await.unwrap();
    assert_eq!(reservations, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_cannot_be_named_twice() {
    let (database, node, hosts) = start().await;
    let twice = vec![append(hosts[0], 0, some_event()), append(hosts[0], 1, some_event())];
    let refused = node.appender.append_together(twice).await;
    assert!(matches!(refused, Err(AppendError::Refused { .. })), "{refused:?}");
    assert_eq!(versions(&database.pool(), &hosts[..1]).await, [(0, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_whose_answer_is_lost_after_the_commit_are_acknowledged_and_made_once() {
    let (database, proxy, node) = behind_a_proxy().await;
    let hosts = [host(), host()];
    proxy.next(Fault::AnswerLost);
    let appends = hosts.map(|host| append(host, 0, marked())).to_vec();
    let appended = node.appender.append_together(appends).await.unwrap();
    assert_eq!(appended.iter().map(|a| a.version).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(versions(&database.pool(), &hosts).await, [(1, 1), (1, 1)]);
    assert_eq!(proxy.faults(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_that_never_reached_the_server_are_made_once() {
    let (database, proxy, node) = behind_a_proxy().await;
    let hosts = [host(), host()];
    proxy.next(Fault::RequestLost);
    node.appender.append_together(hosts.map(|host| append(host, 0, marked())).to_vec()).await.unwrap();
    assert_eq!(versions(&database.pool(), &hosts).await, [(1, 1), (1, 1)]);
    assert_eq!(proxy.faults(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_that_were_lost_and_then_overtaken_on_one_stream_are_not_made_on_any() {
    let (database, proxy, node) = behind_a_proxy().await;
    let hosts = [host(), host()];
    proxy.next(Fault::RequestLostAndHeld);
    let appends = hosts.map(|host| append(host, 0, marked())).to_vec();
    let (answer, ()) = tokio::join!(node.appender.append_together(appends), async {
        until("the request is lost", async || proxy.faults() == 1).await;
        let elsewhere = Appending::on(&database.pool(), AppenderOptions::default());
        elsewhere.appender.append(append(hosts[1], 0, some_event())).await.unwrap();
        proxy.release();
    });
    assert_eq!(answer, Err(AppendError::AnyConflict));
    assert_eq!(versions(&database.pool(), &hosts).await, [(0, 0), (1, 1)]);
}
