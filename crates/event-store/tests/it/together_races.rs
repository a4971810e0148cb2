//! Many commands about overlapping sets of calendars at once, among commands about one calendar, on two nodes.

use std::collections::BTreeMap;

use daybook_domain::ids::HostId;
use daybook_event_store::{AsOf, ExecuteError, Feed, History, Place};
use futures::future::join_all;

use crate::support::{DEADLINE, World, book, booking, by_host, now, until};
use crate::together::{Member, hosts, meeting};

const SETS: usize = 32;
const SINGLE: usize = 48;

#[tokio::test(flavor = "multi_thread")]
async fn overlapping_sets_never_deadlock_and_each_meeting_stands_in_all_of_its_calendars_or_in_none() {
    let world = World::new().await;
    let other = world.another_node();
    let nodes = [&world, &other];
    let mut members: Vec<Member> = Vec::new();
    for _ in 0..6 {
        members.push(world.host().await);
    }
    let together = (0..SETS).map(|n| {
        // Three of the six, in an order of their own.
        let set: Vec<Member> = [n, n + 1 + n % 2, n + 3].map(|i| members[i % 6]).to_vec();
        let (id, node, slot) = (booking(), nodes[n % 2], i64::try_from(n % 20).unwrap());
        async move {
            let done = node.store.execute_together(hosts(&set), meeting(id, set.clone(), slot), by_host()).await;
            (id, set, done.map(drop))
        }
    });
    let single = (0..SINGLE).map(|n| {
        let ((host, meeting_type), node) = (members[n % 6], nodes[n % 2]);
        let command = book(booking(), meeting_type, "eve", i64::try_from(n % 30).unwrap());
        async move { node.store.execute(host, command, now(), by_host()).await.map(drop) }
    });
    let all = async { tokio::join!(join_all(together), join_all(single)) };
    let (meetings, single) = tokio::time::timeout(DEADLINE, all).await.expect("nobody waits for ever");
    let fair = |answer: &Result<(), ExecuteError>| {
        matches!(answer, Ok(()) | Err(ExecuteError::Refused(_) | ExecuteError::Conflict))
    };
    assert!(meetings.iter().all(|(.., answer)| fair(answer)) && single.iter().all(fair), "{meetings:?} {single:?}");
    assert!(meetings.iter().filter(|(.., answer)| answer.is_ok()).count() > 3, "{meetings:?}");

    let mut events = 0;
    for &(host, _) in &members {
        let log = History::new(world.pool()).state_as_of(host, AsOf::Version(u64::MAX)).await.unwrap();
        for node in nodes {
            assert_eq!(*node.store.calendar(host).await.unwrap(), log, "memory and log agree");
        }
        for (id, set, answer) in &meetings {
            let stands = log.booking(*id).is_some();
            assert_eq!(stands, answer.is_ok() && set.iter().any(|member| member.0 == host), "all or none");
        }
        events += usize::try_from(log.version()).unwrap();
    }
    let deadlocks: i64 =
        sqlx::query_scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            .fetch_one(&world.pool())
            .await
            .unwrap();
    assert_eq!(deadlocks, 0);
    for node in nodes {
        assert_eq!(node.metrics.double_bookings_prevented.with_label_values(&["constraint"]).get(), 0);
    }

    let feed = Feed::new(world.pool());
    until("the feed gives all", async || feed.after(Place::default(), 10_000).await.unwrap().len() == events).await;
    let mut versions = BTreeMap::<HostId, u64>::new();
    for event in feed.after(Place::default(), 10_000).await.unwrap() {
        let version = versions.entry(event.host).or_default();
        *version += 1;
        assert_eq!(event.version, *version, "the feed has each stream in its own order, without gaps");
    }
}
