//! A rebuild gives the tables that live projection gave, while everything goes on (E5).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chrono::Duration;
use daybook_domain::ids::HostId;
use daybook_event_store::{Feed, Place};
use daybook_projections::availability::{AvailabilityProjection, load};
use daybook_projections::bookings::{BookingsProjection, Filter, list};
use daybook_projections::rebuild::{Progress, RebuildError, rebuild};
use daybook_projections::{Projection, ProjectionPartition, checkpoint};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::support::life::for_random_lives;
use crate::support::log::Log;
use crate::support::projector::{Running, catch_up};
use crate::support::tables::dump;
use crate::support::{
    MEETING_TYPE, cancelled, codec, confirmed, hour, new_booking, new_host, now, offers, opened, requested,
    rescheduled, until,
};

async fn rebuilt<P: Projection>(pool: &PgPool, projection: &P) -> Progress {
    rebuild(pool, &Feed::new(pool.clone()), projection, &CancellationToken::new(), |_| ()).await.unwrap()
}

/// Books, moves and cancels in a calendar of its own until told to stop; how many events that made.
async fn write_until(log: &Log, stop: &CancellationToken) -> (HostId, u64) {
    let host = new_host();
    log.append(host, 1, &[opened(), offers(MEETING_TYPE)]).await;
    let mut version = 2;
    for n in 0.. {
        if stop.is_cancelled() {
            break;
        }
        let (booking, start) = (new_booking(), hour(2 * n));
        let mut events = vec![requested(booking, "Ada", start), confirmed(booking)];
        match n % 4 {
            0 => events.push(rescheduled(booking, start, start + Duration::minutes(30))),
            1 => events.push(cancelled(booking, Some("Ill"))),
            _ => {}
        }
        log.append(host, version + 1, &events).await;
        version += events.len() as u64;
    }
    (host, version)
}

/// A log with some thousands of events of several hosts.
async fn some_history(log: &Log, hosts: u64) {
    for _ in 0..hosts {
        let mut events = vec![opened(), offers(MEETING_TYPE)];
        for n in 0..100 {
            let booking = new_booking();
            events.extend([requested(booking, "Grace", hour(2 * n)), confirmed(booking)]);
        }
        log.append(new_host(), 1, &events).await;
    }
    log.all().await;
}

#[test]
fn a_rebuild_gives_the_same_rows_as_live_projection() {
    for_random_lives(4, &async |_, lives, steps| {
        let log = Log::create().await;
        let (pool, feed) = (&log.pool, &log.feed);
        let mut versions = std::collections::HashMap::<HostId, u64>::new();
        let mut place = Place::default();
        for (host, event) in lives.events {
            let version = versions.entry(host).or_default();
            *version += 1;
            place = log.append(host, *version, &[event]).await;
        }
        let bookings = BookingsProjection::new(codec(pool));
        let limit = u32::try_from(steps[0]).unwrap();
        catch_up(pool, feed, &AvailabilityProjection, place, limit).await;
        catch_up(pool, feed, &bookings, place, limit).await;
        let live = (dump(pool, AvailabilityProjection::TABLES).await, dump(pool, BookingsProjection::TABLES).await);

        assert_eq!(rebuilt(pool, &AvailabilityProjection).await.place, place);
        assert_eq!(rebuilt(pool, &bookings).await.place, place);
        assert_eq!(dump(pool, AvailabilityProjection::TABLES).await, live.0);
        assert_eq!(dump(pool, BookingsProjection::TABLES).await, live.1);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn while_writers_projectors_and_readers_go_on_a_rebuild_changes_nothing_for_them() {
    let log = Log::create().await;
    some_history(&log, 30).await;
    let (pool, feed) = (&log.pool, &log.feed);
    let bookings = BookingsProjection::new(codec(pool));
    let running = (Running::start(pool, feed, AvailabilityProjection), Running::start(pool, feed, bookings.clone()));
    let (stop, seen) = (CancellationToken::new(), AtomicU64::new(0));
    let some_host = log.all().await[0].host;

    // A reader never sees a table missing or less than it has seen before.
    let read = async {
        let mut before = (0, 0);
        while !stop.is_cancelled() {
            let version = load(pool, some_host, now()).await.unwrap().map_or(0, |(version, _)| version);
            let shown = list(pool, some_host, &Filter::default(), None, 1_000, now()).await.unwrap().items.len();
            assert!((version, shown) >= before && shown >= before.1, "{before:?} and then {:?}", (version, shown));
            before = (version, shown);
            seen.fetch_add(1, Ordering::Relaxed);
        }
    };
    let work = async {
        until("the projections are under way", async || seen.load(Ordering::Relaxed) > 5).await;
        for _ in 0..2 {
            rebuilt(pool, &AvailabilityProjection).await;
            rebuilt(pool, &bookings).await;
        }
        stop.cancel();
    };
    let (written, others, (), (), ()) =
        tokio::join!(write_until(&log, &stop), write_until(&log, &stop), read, work, async { stop.cancelled().await });

    let end = log.all().await.last().unwrap().place;
    for (host, version) in [written, others] {
        let deadline = tokio::time::Instant::now() + crate::support::DEADLINE;
        for name in [AvailabilityProjection::NAME, BookingsProjection::NAME] {
            let place = log.all().await.iter().rev().find(|event| event.host == host).unwrap().place;
            assert!(checkpoint::caught_up(pool, name, host, place, deadline).await.unwrap());
        }
        assert_eq!(load(pool, host, now()).await.unwrap().unwrap().0, version);
    }
    running.0.stop().await;
    running.1.stop().await;
    catch_up(pool, feed, &AvailabilityProjection, end, 1_000).await;
    catch_up(pool, feed, &bookings, end, 1_000).await;

    let live = (dump(pool, AvailabilityProjection::TABLES).await, dump(pool, BookingsProjection::TABLES).await);
    rebuilt(pool, &AvailabilityProjection).await;
    rebuilt(pool, &bookings).await;
    assert_eq!(dump(pool, AvailabilityProjection::TABLES).await, live.0);
    assert_eq!(dump(pool, BookingsProjection::TABLES).await, live.1);
}

#[tokio::test]
async fn the_new_tables_have_the_partitions_indexes_owner_and_parameters_of_the_old_ones() {
    let log = Log::create().await;
    let pool = &log.pool;
    let month = "SET ROLE daybook_app;
        CREATE TABLE read_models.bookings_2027_01 PARTITION OF read_models.bookings
            FOR VALUES FROM ('2027-01-01Z') TO ('2027-02-01Z') WITH (fillfactor = 80);
        RESET ROLE";
    sqlx::raw_sql(month).execute(pool).await.unwrap();
    some_history(&log, 1).await;
    let catalogue = async || {
        sqlx::query_scalar::<_, String>(
            "SELECT concat_ws(' ', n.nspname, c.relname, c.relkind, c.relowner::regrole, c.reloptions,
                 pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid), pg_get_indexdef(c.oid),
                 (SELECT string_agg(concat_ws(' ', attname, atttypid::regtype, attnotnull, attcollation::regcollation), ', '
                      ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0),
                 (SELECT string_agg(conname || ' ' || pg_get_constraintdef(oid), ', ' ORDER BY conname) FROM pg_constraint
                  WHERE conrelid = c.oid))
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname LIKE 'read_models%' AND c.relkind IN ('r', 'p', 'i', 'I')
             ORDER BY 1",
        )
        .fetch_all(pool)
        .await
        .unwrap()
    };
    let before = catalogue().await;
    assert!(before.iter().any(|line| line.contains("bookings_of_host_by_status")), "{before:#?}");
    rebuilt(pool, &AvailabilityProjection).await;
    rebuilt(pool, &BookingsProjection::new(codec(pool))).await;
    assert_eq!(catalogue().await, before);
    let in_january: i64 =
        sqlx::query_scalar("SELECT count(*) FROM read_models.bookings_2027_01").fetch_one(pool).await.unwrap();
    assert_eq!(in_january, 100);
}

#[tokio::test]
async fn a_rebuild_that_is_killed_leaves_the_live_tables_and_the_next_one_succeeds() {
    let log = Log::create().await;
    // Several batches, so that there is a middle.
    some_history(&log, 60).await;
    let (pool, feed) = (&log.pool, &log.feed);
    let end = log.all().await.last().unwrap().place;
    catch_up(pool, feed, &AvailabilityProjection, end, 5_000).await;
    let live = dump(pool, AvailabilityProjection::TABLES).await;

    let killed = AtomicBool::new(false);
    let superuser = PgPool::connect(&log.database.superuser_url()).await.unwrap();
    let (reached, mut middle) = tokio::sync::mpsc::unbounded_channel();
    let token = CancellationToken::new();
    let rebuilding = rebuild(pool, feed, &AvailabilityProjection, &token, move |progress| {
        let _ = reached.send(progress);
    });
    let kill = async {
        middle.recv().await.unwrap();
        let ended: Vec<bool> = sqlx::query_scalar(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        .fetch_all(&superuser)
        .await
        .unwrap();
        killed.store(!ended.is_empty(), Ordering::Relaxed);
    };
    let (broken_off, ()) = tokio::join!(rebuilding, kill);
    assert!(killed.load(Ordering::Relaxed), "the rebuild's session was there to be killed");
    broken_off.unwrap_err();
    assert_eq!(dump(pool, AvailabilityProjection::TABLES).await, live);

    let mut again = None;
    until("the killed session has let go of its lock", async || {
        match rebuild(pool, feed, &AvailabilityProjection, &CancellationToken::new(), |_| ()).await {
            Err(RebuildError::AlreadyRunning(_)) => false,
            done => {
                again = Some(done.unwrap());
                true
            }
        }
    })
    .await;
    assert_eq!(again.map(|progress| progress.place), Some(end));
    assert_eq!(dump(pool, AvailabilityProjection::TABLES).await, live);
}

#[tokio::test]
async fn a_second_rebuild_of_the_same_projection_is_refused_and_one_of_another_is_not() {
    let log = Log::create().await;
    some_history(&log, 60).await;
    let (pool, feed) = (&log.pool, &log.feed);
    let (reached, mut middle) = tokio::sync::mpsc::unbounded_channel();
    let token = CancellationToken::new();
    let first = rebuild(pool, feed, &AvailabilityProjection, &token, move |progress| {
        let _ = reached.send(progress);
    });
    let second = async {
        middle.recv().await.unwrap();
        let second = rebuild(pool, feed, &AvailabilityProjection, &CancellationToken::new(), |_| ()).await;
        assert!(matches!(second, Err(RebuildError::AlreadyRunning("availability"))), "{second:?}");
        rebuilt(pool, &BookingsProjection::new(codec(pool))).await
    };
    let (first, other) = tokio::join!(first, second);
    assert_eq!((first.unwrap().events, other.events), (60 * 202, 60 * 202));
}

#[tokio::test]
async fn a_cancelled_rebuild_stops_between_two_batches() {
    let log = Log::create().await;
    some_history(&log, 60).await;
    let token = CancellationToken::new();
    let stop = token.clone();
    let mut calls = 0;
    let cancelled = rebuild(&log.pool, &log.feed, &AvailabilityProjection, &token, |progress| {
        calls += 1;
        assert_eq!((progress.events, progress.total), (5_000, 60 * 202));
        stop.cancel();
    })
    .await;
    assert!(matches!(cancelled, Err(RebuildError::Cancelled)), "{cancelled:?}");
    assert_eq!(calls, 1);
    assert_eq!(dump(&log.pool, AvailabilityProjection::TABLES).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_swap_waits_for_a_long_reader_without_keeping_others_waiting() {
    let log = Log::create().await;
    some_history(&log, 2).await;
    let pool = &log.pool;
    let host = log.all().await[0].host;
    rebuilt(pool, &AvailabilityProjection).await;

    let mut reader = pool.begin().await.unwrap();
    load(&mut *reader, host, now()).await.unwrap();
    let others = async {
        // Longer than several attempts of the swap, with a reader all along.
        let until = tokio::time::Instant::now() + std::time::Duration::from_millis(1_500);
        while tokio::time::Instant::now() < until {
            let one = tokio::time::timeout(crate::support::DEADLINE / 4, load(pool, host, now()));
            assert!(one.await.expect("readers wait for an attempt at most").unwrap().is_some());
        }
        reader.rollback().await.unwrap();
    };
    let (done, ()) = tokio::join!(rebuilt(pool, &AvailabilityProjection), others);
    assert_eq!(done.events, 2 * 202);
    for partition in ProjectionPartition::all() {
        let place = checkpoint::read(pool, AvailabilityProjection::NAME, partition).await.unwrap();
        assert_eq!(place, done.place);
    }
}

#[tokio::test]
async fn a_migration_during_a_rebuild_is_not_undone_by_it() {
    let log = Log::create().await;
    some_history(&log, 60).await;
    let (pool, feed) = (&log.pool, &log.feed);
    let (reached, mut middle) = tokio::sync::mpsc::unbounded_channel();
    let token = CancellationToken::new();
    let rebuilding = rebuild(pool, feed, &AvailabilityProjection, &token, move |progress| {
        let _ = reached.send(progress);
    });
    let migrate = async {
        middle.recv().await.unwrap();
        let sql = "SET ROLE daybook_app; CREATE INDEX added ON read_models.busy_times (end_time); RESET ROLE";
        sqlx::raw_sql(sql).execute(pool).await.unwrap();
    };
    let (broken_off, ()) = tokio::join!(rebuilding, migrate);
    assert!(matches!(broken_off, Err(RebuildError::TablesChanged("availability"))), "{broken_off:?}");
    rebuilt(pool, &AvailabilityProjection).await;
    let kept: bool =
        sqlx::query_scalar("SELECT to_regclass('read_models.added') IS NOT NULL").fetch_one(pool).await.unwrap();
    assert!(kept);
}
