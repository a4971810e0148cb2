//! Commands on calendars: decided once, appended once, whatever happens in between.

use daybook_domain::calendar::booking::BookingStatus;
use daybook_domain::calendar::refusal::Refusal;
use daybook_domain::ids::HostId;
use daybook_event_store::{AsOf, ExecuteError, History};
use futures::future::join_all;
use sqlx::PgPool;

use crate::support::{World, book, bookable, booking, by_host, cancel, host, now, open, reschedule, until};

async fn snapshot_version(pool: &PgPool, host: HostId) -> Option<i64> {
    let query = sqlx::query_scalar("SELECT version FROM snapshots WHERE aggregate_id = $1");
    query.bind(host.to_string()).fetch_optional(pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_is_requested_and_confirmed_in_one_append() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let id = booking();
    let executed = world.execute(host, book(id, meeting_type, "ada", 0)).await;
    let types: Vec<_> = executed.events.iter().map(|(_, event)| event.event_type()).collect();
    assert_eq!(types, ["BookingRequested", "BookingConfirmed"]);
    assert_eq!(executed.version, 4);
    assert_eq!(executed.calendar.version(), 4);
    assert_eq!(executed.calendar.booking(id).unwrap().status, BookingStatus::Confirmed);
    let transactions: i64 = sqlx::query_scalar(
        "SELECT count(DISTINCT transaction_id::text) FROM events WHERE payload ->> 'booking_id' IS NOT NULL",
    )
    .fetch_one(&world.pool())
    .await
    .unwrap();
    assert_eq!(transactions, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_changes_nothing_writes_nothing() {
    let world = World::new().await;
    let host = host();
    world.execute(host, open()).await;
    let again = world.execute(host, open()).await;
    assert_eq!((again.events.len(), again.version, again.recorded), (0, 1, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_snapshot_and_replay_agree_about_a_calendar() {
    let world = World::new().await;
    let (host, _) = world.busy_host(40).await;
    let pool = world.pool();
    let remembered = world.store.calendar(host).await.unwrap();
    let last = remembered.version().cast_signed() / 50 * 50;
    assert!(last >= 50, "enough happened for a snapshot");
    until("the snapshot is written", async || snapshot_version(&pool, host).await.is_some_and(|v| v >= last)).await;

    let from_snapshot = world.another_node().store.calendar(host).await.unwrap();
    assert_eq!(from_snapshot, remembered);
    sqlx::query("DELETE FROM snapshots").execute(&pool).await.unwrap();
    let replayed = History::new(pool).state_as_of(host, AsOf::Version(u64::MAX)).await.unwrap();
    assert_eq!(replayed, *remembered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_is_damaged_or_of_another_form_is_ignored() {
    let world = World::new().await;
    let (host, _) = world.busy_host(25).await;
    let pool = world.pool();
    let remembered = world.store.calendar(host).await.unwrap();
    until("a snapshot is written", async || snapshot_version(&pool, host).await.is_some()).await;
    for damage in [
        "UPDATE snapshots SET state = '{}'",
        "UPDATE snapshots SET version = version - 1",
        "UPDATE snapshots SET format = format + 1, state = '[]'",
    ] {
        sqlx::query(damage).execute(&pool).await.unwrap();
        let loaded = History::new(pool.clone()).state_as_of(host, AsOf::Version(u64::MAX)).await.unwrap();
        assert_eq!(loaded, *remembered, "{damage}");
    }
    let reloaded = world.another_node();
    assert_eq!(reloaded.store.calendar(host).await.unwrap(), remembered);
    until("a long replay leaves a snapshot", async || {
        snapshot_version(&pool, host).await == Some(remembered.version().cast_signed())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_wait_for_one_calendar_are_appended_together() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let commands =
        (0..60).map(|n| world.store.execute(host, book(booking(), meeting_type, "ada", n), now(), by_host()));
    let mut versions: Vec<_> = join_all(commands).await.into_iter().map(|done| done.unwrap().version).collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..=61).map(|n| 2 * n).collect::<Vec<_>>(), "each command has versions of its own");
    let transactions: i64 = sqlx::query_scalar("SELECT count(DISTINCT transaction_id::text) FROM events")
        .fetch_one(&world.pool())
        .await
        .unwrap();
    assert!(transactions < 20, "62 commands took {transactions} appends");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_overlapping_requests_on_two_nodes_exactly_one_is_taken() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let nodes = [&world, &world.another_node()];
    let requests = (0..48).map(async |n: i64| {
        let (slot, node) = (n % 6, nodes[usize::try_from(n % 2).unwrap()]);
        (
            slot,
            node.store.execute(host, book(booking(), meeting_type, &format!("guest{n}"), slot), now(), by_host()).await,
        )
    });
    let mut taken = [0; 6];
    for (slot, answer) in join_all(requests).await {
        match answer {
            Ok(_) => taken[usize::try_from(slot).unwrap()] += 1,
            Err(ExecuteError::Refused(Refusal::SlotUnavailable(alternatives))) => assert_eq!(alternatives.len(), 5),
            Err(error) => panic!("neither taken nor refused: {error}"),
        }
    }
    assert_eq!(taken, [1; 6]);
    for node in nodes {
        assert_eq!(node.metrics.double_bookings_prevented.with_label_values(&["constraint"]).get(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_that_another_node_won_is_decided_again_from_the_newest_state() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let other = world.another_node();
    let (first, second) = (booking(), booking());
    other.execute(host, book(first, meeting_type, "ada", 0)).await;
    world.execute(host, book(second, meeting_type, "bob", 1)).await;
    let done = other.execute(host, reschedule(first, 2)).await;
    assert_eq!(done.version, 7);
    assert!(done.calendar.booking(second).is_some(), "it has seen what the other node did");
}

/// A refusal appends nothing, so no conflict would tell that it was decided on an old state.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_never_based_on_an_old_state() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let other = world.another_node();
    let (first, second, third) = (booking(), booking(), booking());
    world.execute(host, book(first, meeting_type, "ada", 0)).await;
    other.execute(host, cancel(first)).await;
    world.execute(host, book(second, meeting_type, "bob", 0)).await;
    other.execute(host, cancel(second)).await;
    other.execute(host, book(third, meeting_type, "eve", 0)).await;
    let refused = world.store.execute(host, book(booking(), meeting_type, "ada", 0), now(), by_host()).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(Refusal::SlotUnavailable(_)))), "{refused:?}");
    world.execute(host, cancel(third)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_caller_goes_away_is_executed_or_not_but_never_half() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    for n in 0..20 {
        let id = booking();
        let command = world.store.execute(host, book(id, meeting_type, "ada", n), now(), by_host());
        // Gives up after a different number of steps each time.
        let mut command = Box::pin(command);
        for _ in 0..n {
            let _ = futures::poll!(&mut command);
            tokio::task::yield_now().await;
        }
        drop(command);
    }
    let calendar = world.store.calendar(host).await.unwrap();
    let replayed = History::new(world.pool()).state_as_of(host, AsOf::Version(u64::MAX)).await.unwrap();
    assert_eq!(replayed, *calendar);
    assert!(calendar.bookings().all(|booking| booking.status == BookingStatus::Confirmed));
    world.execute(host, book(booking(), meeting_type, "ada", 500)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_that_the_calendar_allows_and_postgresql_does_not_is_refused_and_counted() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    // As if the calendar had forgotten a booking: only the last layer knows of it.
    sqlx::query(
        "INSERT INTO reservations VALUES ($1, gen_random_uuid(), gen_random_uuid(), tstzrange($2, $2 + interval '30 minutes'))",
    )
    .bind(host.0)
    .bind(bookable(3))
    .execute(&world.database.owner_pool())
    .await
    .unwrap();
    let commands = (0..8).map(|n| world.store.execute(host, book(booking(), meeting_type, "ada", n), now(), by_host()));
    for (n, done) in join_all(commands).await.into_iter().enumerate() {
        match n {
            3 => assert_eq!(done.unwrap_err(), ExecuteError::TimeTaken),
            _ => drop(done.unwrap()),
        }
    }
    assert_eq!(world.metrics.double_bookings_prevented.with_label_values(&["constraint"]).get(), 1);
    let calendar = world.store.calendar(host).await.unwrap();
    assert_eq!(calendar.bookings().count(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_that_nobody_opened_is_empty() {
    let world = World::new().await;
    let calendar = world.store.calendar(host()).await.unwrap();
    assert_eq!((calendar.version(), calendar.is_open()), (0, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_answered_while_the_store_shuts_down() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let commands: Vec<_> = (0..50)
        .map(|n| {
            let store = world.store.clone();
            tokio::spawn(
                async move { store.execute(host, book(booking(), meeting_type, "ada", n), now(), by_host()).await },
            )
        })
        .collect();
    tokio::task::yield_now().await;
    world.token.cancel();
    let mut done = 0;
    for command in commands {
        match command.await.unwrap() {
            Ok(_) => done += 1,
            Err(ExecuteError::Unavailable(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    world.tasks.close();
    tokio::time::timeout(crate::support::DEADLINE, world.tasks.wait()).await.expect("all tasks end");
    let bookings: i64 = sqlx::query_scalar("SELECT count(*) FROM reservations").fetch_one(&world.pool()).await.unwrap();
    assert_eq!(bookings, done);
}
