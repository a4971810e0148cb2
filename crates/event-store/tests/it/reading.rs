//! Reading the log: histories, times past, the directory, repeated commands.

use daybook_domain::ids::MeetingTypeId;
use daybook_event_store::{
    AsOf, Directory, ExecuteError, Feed, History, HistoryRange, Idempotency, Metadata, Order, Place, Unfit, Wakeups,
    check,
};
use futures::future::join_all;
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{DEADLINE, World, add_meeting_type, book, booking, by_host, host, keys, now, open, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_history_is_read_in_either_direction_by_version_and_type() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    for n in 0..3 {
        world.execute(host, book(booking(), meeting_type, "ada", n)).await;
    }
    let history = History::new(world.pool());
    let versions = async |range: HistoryRange<'_>, limit| {
        let events = history.events(host, range, limit).await.unwrap();
        events.into_iter().map(|event| event.version).collect::<Vec<_>>()
    };
    let all = HistoryRange::default();
    assert_eq!(versions(all, 100).await, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(versions(HistoryRange { after: 5, ..all }, 2).await, [6, 7]);
    assert_eq!(versions(HistoryRange { order: Order::NewestFirst, ..all }, 3).await, [8, 7, 6]);
    assert_eq!(versions(HistoryRange { order: Order::NewestFirst, before: Some(6), ..all }, 2).await, [5, 4]);
    assert_eq!(versions(HistoryRange { event_types: Some(&["BookingConfirmed"]), ..all }, 9).await, [4, 6, 8]);
    assert_eq!(versions(HistoryRange { after: u64::MAX, ..all }, 9).await, [0_u64; 0]);
    let first = &history.events(host, all, 1).await.unwrap()[0];
    assert_eq!((first.metadata().actor.as_str(), first.event_type.as_str()), ("host", "CalendarOpened"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_can_be_seen_as_it_was_at_any_version_and_instant() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let mut moments = Vec::new();
    for n in 0..40 {
        let done = world.execute(host, book(booking(), meeting_type, "ada", n)).await;
        moments.push((done.version, done.recorded.unwrap().at, done.calendar));
    }
    // A snapshot later than what is asked for must not be used.
    until("a snapshot is written", async || {
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM snapshots)").fetch_one(&world.pool()).await.unwrap()
    })
    .await;
    let history = History::new(world.pool());
    for (version, at, calendar) in moments.iter().step_by(7) {
        assert_eq!(history.state_as_of(host, AsOf::Version(*version)).await.unwrap(), **calendar);
        assert_eq!(history.state_as_of(host, AsOf::Instant(*at)).await.unwrap(), **calendar);
        let just_before =
            history.state_as_of(host, AsOf::Instant(*at - chrono::Duration::microseconds(1))).await.unwrap();
        assert_eq!(just_before.version(), version - 2);
    }
    assert_eq!(history.state_as_of(host, AsOf::Version(0)).await.unwrap().version(), 0);
    assert_eq!(
        history.state_as_of(host, AsOf::Instant(now() - chrono::Duration::days(9999))).await.unwrap().version(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_knows_the_host_of_meeting_types_and_active_bookings() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let id = booking();
    world.execute(host, book(id, meeting_type, "ada", 0)).await;
    let directory = Directory::new(world.pool());
    assert_eq!(directory.host_of_meeting_type(meeting_type).await.unwrap(), Some(host));
    assert_eq!(directory.host_of_meeting_type(MeetingTypeId(Uuid::now_v7())).await.unwrap(), None);
    assert_eq!(directory.hosts_of_active_booking(id).await.unwrap(), [host]);
    assert_eq!(directory.hosts_of_active_booking(booking()).await.unwrap(), []);
}

mod idempotency {
    use super::*;

    fn with_key(metadata: Metadata, idempotency: &Idempotency, key: &str, body: &[u8]) -> Metadata {
        Metadata { idempotency: Some(idempotency.request("guest", key, body).hash()), ..metadata }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_repeated_command_is_answered_from_the_first_ones_events() {
        let world = World::new().await;
        let idempotency = Idempotency::new(world.pool(), &keys());
        let (host, meeting_type) = world.host().await;
        assert!(idempotency.find(&idempotency.request("guest", "k", b"a")).await.unwrap().is_none());
        let metadata = with_key(by_host(), &idempotency, "k", b"a");
        let first =
            world.store.execute(host, book(booking(), meeting_type, "ada", 0), now(), metadata.clone()).await.unwrap();
        world.execute(host, book(booking(), meeting_type, "bob", 1)).await;

        let earlier = idempotency.find(&idempotency.request("guest", "k", b"a")).await.unwrap().unwrap();
        assert!(earlier.same_request);
        let ids = |events: &[(Uuid, _)]| events.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        assert_eq!(earlier.events.iter().map(|event| event.id).collect::<Vec<_>>(), ids(&first.events));
        let other_body = idempotency.find(&idempotency.request("guest", "k", b"b")).await.unwrap().unwrap();
        assert!(!other_body.same_request);
        let other_scope = idempotency.find(&idempotency.request("host", "k", b"a")).await.unwrap();
        assert!(other_scope.is_none(), "one caller cannot meet the key of another");

        let again = world.store.execute(host, book(booking(), meeting_type, "ada", 2), now(), metadata).await;
        assert_eq!(again.unwrap_err(), ExecuteError::IdempotencyKeyTaken);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_repetition_that_lands_on_another_calendar_is_caught_too() {
        let world = World::new().await;
        let idempotency = Idempotency::new(world.pool(), &keys());
        let metadata = with_key(by_host(), &idempotency, "k", b"");
        let commands = (0..5).map(|_| world.store.execute(host(), open(), now(), metadata.clone()));
        let answers = join_all(commands).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let taken = |answer: &Result<_, ExecuteError>| matches!(answer, Err(ExecuteError::IdempotencyKeyTaken));
        assert_eq!(answers.iter().filter(|answer| taken(answer)).count(), 4);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn commands_that_were_appended_together_are_told_apart() {
        let world = World::new().await;
        let idempotency = Idempotency::new(world.pool(), &keys());
        let (host, meeting_type) = world.host().await;
        let commands = (0..20).map(|n| {
            let metadata = with_key(by_host(), &idempotency, &n.to_string(), b"");
            world.store.execute(host, book(booking(), meeting_type, "ada", n), now(), metadata)
        });
        for (n, done) in join_all(commands).await.into_iter().enumerate() {
            let done = done.unwrap();
            let earlier = idempotency.find(&idempotency.request("guest", &n.to_string(), b"")).await.unwrap().unwrap();
            let found: Vec<_> = earlier.events.iter().map(|event| event.id).collect();
            assert_eq!(found, done.events.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_one_key_in_one_calendar_at_once_one_command_is_executed() {
        let world = World::new().await;
        let idempotency = Idempotency::new(world.pool(), &keys());
        let (host, meeting_type) = world.host().await;
        let metadata = with_key(by_host(), &idempotency, "k", b"");
        let commands = (0..10)
            .map(|n| world.store.execute(host, book(booking(), meeting_type, "ada", n), now(), metadata.clone()));
        let answers = join_all(commands).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let calendar = world.store.calendar(host).await.unwrap();
        assert_eq!(calendar.bookings().count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_is_heard_of_on_every_node() {
    let world = World::new().await;
    let nodes = [&world, &world.another_node()];
    let mut listening: Vec<_> =
        nodes.iter().map(|node| Wakeups::listen(node.pool(), node.token.clone(), &node.tasks)).collect();
    for wakeups in &mut listening {
        // Beginning to listen counts as having heard: anything may have happened before.
        wakeups.wait(DEADLINE).await;
    }
    let started = tokio::time::Instant::now();
    world.execute(host(), open()).await;
    for wakeups in &mut listening {
        wakeups.wait(DEADLINE).await;
    }
    assert!(started.elapsed() < DEADLINE, "nothing was heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_log_is_the_place_of_its_last_event() {
    let world = World::new().await;
    let feed = Feed::new(world.pool());
    assert_eq!(feed.end().await.unwrap(), None);
    let host = host();
    world.execute(host, open()).await;
    let done = world.execute(host, add_meeting_type(MeetingTypeId(Uuid::now_v7()))).await;
    let recorded = done.recorded.unwrap();
    assert_eq!(feed.end().await.unwrap(), Some((recorded.place, recorded.at)));
    assert_eq!(recorded.place.to_string().parse::<Place>(), Ok(recorded.place));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_serves_only_on_a_log_that_it_cannot_rewrite() {
    let world = World::new().await;
    check(&world.pool()).await.unwrap();
    assert!(matches!(check(&world.database.owner_pool()).await, Err(Unfit::OwnsTheLog(_))));
    let superuser = world.database.superuser_url();
    let superuser_pool = PgPool::connect(&superuser).await.unwrap();
    assert!(matches!(check(&superuser_pool).await, Err(Unfit::OwnsTheLog(_))));
    let elsewhere = superuser.replace(world.database.name(), "postgres");
    let elsewhere = PgPool::connect(&elsewhere).await.unwrap();
    assert!(matches!(check(&elsewhere).await, Err(Unfit::NotMigrated)));
}
