//! However events are delivered, the tables say the same (E5).

use daybook_domain::ids::HostId;
use daybook_event_store::RecordedEvent;
use daybook_projections::Projection;
use daybook_projections::availability::AvailabilityProjection;
use daybook_projections::bookings::BookingsProjection;
use daybook_testkit::TestDatabase;
use sqlx::{Connection, PgPool};

use crate::support::life::for_random_lives;
use crate::support::log::MemoryLog;
use crate::support::tables::{clear, dump, use_live_tables};
use crate::support::{
    cancelled, codec, confirmed, hour, new_booking, new_host, offers, opened, requested, rescheduled,
};

/// Projects batches one after the other, each in a transaction of its own, into empty tables; what is in them then.
async fn tables_after<'a, P: Projection>(
    pool: &PgPool,
    projection: &P,
    batches: impl IntoIterator<Item = &'a [RecordedEvent]>,
) -> Vec<String> {
    clear(pool, P::TABLES).await;
    let mut connection = pool.acquire().await.unwrap().detach();
    use_live_tables(&mut connection).await;
    for batch in batches {
        let mut transaction = connection.begin().await.unwrap();
        projection.project(&mut transaction, batch).await.unwrap();
        transaction.commit().await.unwrap();
    }
    dump(pool, P::TABLES).await
}

/// The events in batches of these sizes, over and over.
fn split<'a>(events: &'a [RecordedEvent], sizes: &[usize]) -> Vec<&'a [RecordedEvent]> {
    let (mut rest, mut batches) = (events, Vec::new());
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (batch, later) = rest.split_at((*size).min(rest.len()));
        batches.push(batch);
        rest = later;
    }
    batches
}

async fn delivery_makes_no_difference<P: Projection>(pool: &PgPool, projection: &P, log: &MemoryLog, sizes: &[usize]) {
    let events = &log.events;
    let at_once = tables_after(pool, projection, [&events[..]]).await;

    let one_by_one = tables_after(pool, projection, events.chunks(1)).await;
    assert_eq!(one_by_one, at_once, "one by one");

    let batches = split(events, sizes);
    assert_eq!(tables_after(pool, projection, batches.clone()).await, at_once, "in batches of {sizes:?}");

    let twice: Vec<RecordedEvent> = events.iter().flat_map(|event| [event.clone(), event.clone()]).collect();
    assert_eq!(tables_after(pool, projection, split(&twice, sizes)).await, at_once, "every event twice");

    let batches_twice = batches.iter().flat_map(|batch| [*batch, *batch]);
    assert_eq!(tables_after(pool, projection, batches_twice).await, at_once, "every batch twice");

    // From any place on, everything again, and in other batches.
    let again = sizes.iter().map(|size| &events[events.len().saturating_sub(size * 3)..]);
    let again: Vec<_> = batches.into_iter().chain(again).collect();
    assert_eq!(tables_after(pool, projection, again).await, at_once, "the end again and again");
}

#[test]
fn availability_does_not_depend_on_how_events_are_delivered() {
    for_random_lives(12, &async |pool, lives, sizes| {
        delivery_makes_no_difference(pool, &AvailabilityProjection, &MemoryLog::of(lives.events), &sizes).await;
    });
}

#[test]
fn bookings_do_not_depend_on_how_events_are_delivered() {
    for_random_lives(12, &async |pool, lives, sizes| {
        let projection = BookingsProjection::new(codec(pool));
        delivery_makes_no_difference(pool, &projection, &MemoryLog::of(lives.events), &sizes).await;
    });
}

fn some_life(host: HostId) -> MemoryLog {
    let (ada, grace) = (new_booking(), new_booking());
    let events = [
        opened(),
        offers(crate::support::MEETING_TYPE),
        requested(ada, "Ada", hour(9)),
        confirmed(ada),
        requested(grace, "Grace", hour(11)),
        rescheduled(ada, hour(9), hour(900)),
        cancelled(grace, Some("Ill")),
    ];
    MemoryLog::of(events.map(|event| (host, event)))
}

/// Projects, crashes before the commit, and starts again, at every event.
async fn a_restart_anywhere_makes_no_difference<P: Projection>(pool: &PgPool, projection: &P) {
    let log = some_life(new_host());
    let expected = tables_after(pool, projection, [&log.events[..]]).await;
    clear(pool, P::TABLES).await;
    for event in log.events.chunks(1) {
        let mut crashing = pool.acquire().await.unwrap().detach();
        use_live_tables(&mut crashing).await;
        let mut transaction = crashing.begin().await.unwrap();
        projection.project(&mut transaction, event).await.unwrap();
        drop(transaction);
        crashing.close_hard().await.unwrap();

        let mut connection = pool.acquire().await.unwrap().detach();
        use_live_tables(&mut connection).await;
        let mut transaction = connection.begin().await.unwrap();
        projection.project(&mut transaction, event).await.unwrap();
        transaction.commit().await.unwrap();
    }
    assert_eq!(dump(pool, P::TABLES).await, expected);
}

#[tokio::test]
async fn a_crash_between_any_two_events_makes_no_difference() {
    let database = TestDatabase::create().await.unwrap();
    let pool = database.pool();
    a_restart_anywhere_makes_no_difference(&pool, &AvailabilityProjection).await;
    a_restart_anywhere_makes_no_difference(&pool, &BookingsProjection::new(codec(&pool))).await;
}
