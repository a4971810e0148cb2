//! The bookings table has a partition for each month, made ahead (O2).

use std::sync::atomic::{AtomicU64, Ordering};

use daybook_domain::ids::{BookingId, HostId};
use daybook_projections::bookings::months::{AHEAD, Ensured, Month, ensure, partitions};
use daybook_projections::bookings::{BookingsProjection, Filter, list};
use daybook_projections::rebuild::{RebuildError, rebuild};
use daybook_projections::{Projection, TablesLock};
use daybook_testkit::TestDatabase;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::support::log::{Log, MemoryLog};
use crate::support::projector::{Running, catch_up};
use crate::support::tables::{dump, use_live_tables};
use crate::support::{
    MEETING_TYPE, codec, confirmed, hour, new_booking, new_host, now, offers, opened, requested, rescheduled,
};

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

async fn ensured(pool: &PgPool, ahead: u32) -> Ensured {
    let mut connection = pool.acquire().await.unwrap();
    ensure(&mut connection, now(), ahead).await.unwrap()
}

/// Where the rows of these bookings are.
async fn tables_of(pool: &PgPool, id: BookingId) -> Vec<String> {
    let query = "SELECT tableoid::regclass::text FROM read_models.bookings WHERE id = $1";
    sqlx::query_scalar(query).bind(id.0).fetch_all(pool).await.unwrap()
}

async fn project(pool: &PgPool, log: &MemoryLog) {
    let mut connection = pool.acquire().await.unwrap().detach();
    use_live_tables(&mut connection).await;
    BookingsProjection::new(codec(pool)).project(&mut connection, &log.events).await.unwrap();
}

#[tokio::test]
async fn months_are_made_ahead_and_take_the_rows_that_came_before_them() {
    let database = TestDatabase::create().await.unwrap();
    let (pool, host) = (database.pool(), new_host());
    let [january, march, long_ago, far_off] = std::array::from_fn(|_| new_booking());
    let events = [
        opened(),
        requested(january, "Ada", hour(9)),
        requested(march, "Grace", hour(24 * 60)),
        requested(long_ago, "Joan", hour(-24 * 60)),
        requested(far_off, "Ida", hour(24 * 500)),
    ];
    let log = MemoryLog::of(events.map(|event| (host, event)));
    project(&pool, &log).await;
    let before = dump(&pool, BookingsProjection::TABLES).await;

    let done = ensured(&pool, AHEAD).await;
    let made: Vec<(String, u64)> = done.made.iter().map(|(month, rows)| (month.to_string(), *rows)).collect();
    assert_eq!(made[0], ("2026-11".to_owned(), 1), "a month of the past of which there are rows");
    assert_eq!(made[1], ("2027-01".to_owned(), 1));
    assert_eq!(made[3], ("2027-03".to_owned(), 1));
    assert_eq!((made.len(), made.last().unwrap()), (14, &("2028-01".to_owned(), 0)));
    assert_eq!(done.left, []);
    assert_eq!(dump(&pool, BookingsProjection::TABLES).await, before, "no row is lost or changed");
    for (booking, table) in [(january, "2027_01"), (march, "2027_03"), (long_ago, "2026_11"), (far_off, "default")] {
        assert_eq!(tables_of(&pool, booking).await, [format!("read_models.bookings_{table}")]);
    }
    assert_eq!(ensured(&pool, AHEAD).await, Ensured::default(), "done twice, it does nothing");

    // What the projector does goes on as before, months or not.
    project(&pool, &log).await;
    assert_eq!(dump(&pool, BookingsProjection::TABLES).await, before, "events delivered twice change nothing");
    let moved = MemoryLog::of(
        [opened(), requested(january, "Ada", hour(9)), rescheduled(january, hour(9), hour(24 * 30))]
            .map(|event| (host, event)),
    );
    sqlx::raw_sql("DELETE FROM read_models.bookings").execute(&pool).await.unwrap();
    project(&pool, &moved).await;
    assert_eq!(tables_of(&pool, january).await, ["read_models.bookings_2027_02"]);
}

#[tokio::test]
async fn a_month_of_many_rows_is_left_to_a_rebuild_which_sorts_them() {
    let log = Log::create().await;
    let (pool, feed) = (&log.pool, &log.feed);
    let mut events = vec![opened(), offers(MEETING_TYPE)];
    events.extend((0..10_001).map(|n| requested(new_booking(), "Ada", hour(9) + chrono::Duration::seconds(n))));
    // As no log would take it: they overlap. So the guard is told that they are one session's.
    for event in &mut events[2..] {
        if let daybook_domain::calendar::event::CalendarEvent::BookingRequested(request) = event {
            request.session_id = daybook_domain::ids::SessionId(uuid::Uuid::from_u128(5));
        }
    }
    let host = new_host();
    let place = log.append(host, 1, &events).await;
    log.all().await;
    let projection = BookingsProjection::new(codec(pool));
    catch_up(pool, feed, &projection, place, 5_000).await;
    let before = dump(pool, BookingsProjection::TABLES).await;

    let done = ensured(pool, 0).await;
    assert_eq!((done.made, done.left), (vec![], vec![(month("2027-01"), 10_001)]));
    rebuild(pool, feed, &projection, &CancellationToken::new(), |_| ()).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    let found = partitions(&mut connection).await.unwrap();
    assert_eq!(found.months.into_iter().collect::<Vec<_>>(), [(month("2027-01"), 10_001)]);
    assert!(found.in_default.is_empty());
    assert_eq!(dump(pool, BookingsProjection::TABLES).await, before);
    let page = list(pool, host, &Filter::default(), None, 10, now()).await.unwrap();
    assert_eq!(page.items.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_projector_and_readers_go_on_months_are_made() {
    let log = Log::create().await;
    let (pool, feed) = (&log.pool, &log.feed);
    let projection = BookingsProjection::new(codec(pool));
    let running = Running::start(pool, feed, projection.clone());
    let (host, stop, seen) = (new_host(), CancellationToken::new(), AtomicU64::new(0));
    log.append(host, 1, &[opened(), offers(MEETING_TYPE)]).await;
    let write = async {
        let mut version = 2;
        for n in 0..60 {
            let booking = new_booking();
            let start = hour(24 * 5 * n);
            let events = [
                requested(booking, "Ada", start),
                confirmed(booking),
                rescheduled(booking, start, start + chrono::Duration::days(31)),
                rescheduled(booking, start + chrono::Duration::days(31), start + chrono::Duration::hours(2)),
            ];
            for event in events {
                log.append(host, version + 1, &[event]).await;
                version += 1;
            }
        }
    };
    let read = async {
        let mut before = 0;
        while !stop.is_cancelled() {
            let shown = list(pool, host, &Filter::default(), None, 1_000, now()).await.unwrap().items.len();
            assert!(shown >= before, "{before} bookings and then {shown}");
            before = shown;
            seen.fetch_add(1, Ordering::Relaxed);
        }
    };
    let work = async {
        let make = async {
            for ahead in 0..=AHEAD {
                ensured(pool, ahead).await;
            }
        };
        tokio::join!(write, make);
        stop.cancel();
    };
    tokio::join!(read, work);
    running.stop().await;
    let end = log.all().await.last().unwrap().place;
    catch_up(pool, feed, &projection, end, 1_000).await;
    let live = dump(pool, BookingsProjection::TABLES).await;
    assert_eq!((live.len(), seen.load(Ordering::Relaxed) > 0), (60, true));
    rebuild(pool, feed, &projection, &CancellationToken::new(), |_| ()).await.unwrap();
    assert_eq!(dump(pool, BookingsProjection::TABLES).await, live);
}

#[tokio::test]
async fn whoever_changes_the_tables_does_so_alone() {
    let log = Log::create().await;
    let host: HostId = new_host();
    log.append(host, 1, &[opened()]).await;
    log.all().await;
    let lock = TablesLock::take(&log.pool).await.unwrap().unwrap();
    assert!(TablesLock::take(&log.pool).await.unwrap().is_none());
    let projection = BookingsProjection::new(codec(&log.pool));
    let rebuilt = async { rebuild(&log.pool, &log.feed, &projection, &CancellationToken::new(), |_| ()).await };
    let release = async {
        crate::support::until("the rebuild waits", async || {
            let waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
            sqlx::query_scalar(waits).fetch_one(&log.pool).await.unwrap()
        })
        .await;
        lock.release().await;
    };
    let (rebuilt, ()) = tokio::join!(rebuilt, release);
    assert!(!matches!(rebuilt, Err(RebuildError::TablesInUse(_))), "{rebuilt:?}");
    assert_eq!(rebuilt.unwrap().events, 1);
}
