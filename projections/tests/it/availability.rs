//! The availability read model answers as the aggregate does (V7, V8).

use std::sync::Arc;

use chrono::Duration;
use daybook_domain::availability::Availability;
use daybook_domain::calendar::{BOOKING_MEMORY_DAYS, HostCalendar};
use daybook_domain::time::{Instant, instant};
use daybook_projections::availability::{AvailabilityProjection, load};
use daybook_projections::{Projection, ProjectionError};
use daybook_testkit::TestDatabase;
use sqlx::PgPool;

use crate::support::life::for_random_lives;
use crate::support::log::MemoryLog;
use crate::support::tables::{clear, use_live_tables};
use crate::support::{MEETING_TYPE, confirmed, hour, new_booking, new_host, now, offers, opened, request, requested};

async fn project(pool: &PgPool, log: &MemoryLog) -> Result<(), ProjectionError> {
    let mut connection = pool.acquire().await.unwrap().detach();
    use_live_tables(&mut connection).await;
    AvailabilityProjection.project(&mut connection, &log.events).await
}

/// What the aggregate knows of the time from 35 days ago on.
fn known_to(calendar: &HostCalendar, now: Instant) -> Availability {
    let mut availability = Arc::unwrap_or_clone(Arc::clone(calendar.availability()));
    availability.forget_before(now - Duration::days(BOOKING_MEMORY_DAYS));
    availability
}

#[test]
fn the_read_model_is_what_the_aggregate_knows() {
    for_random_lives(64, &async |pool, lives, _| {
        clear(pool, AvailabilityProjection::TABLES).await;
        project(pool, &MemoryLog::of(lives.events)).await.unwrap();
        for host in lives.hosts {
            let expected =
                host.calendar.is_open().then(|| (host.calendar.version(), known_to(&host.calendar, host.now)));
            assert_eq!(load(pool, host.id, host.now).await.unwrap(), expected);
        }
    });
}

#[tokio::test]
async fn a_host_without_a_calendar_has_no_availability() {
    let database = TestDatabase::create().await.unwrap();
    assert_eq!(load(&database.pool(), new_host(), now()).await.unwrap(), None);
}

#[tokio::test]
async fn times_that_ended_over_35_days_ago_are_left_out() {
    let database = TestDatabase::create().await.unwrap();
    let (pool, host, booking) = (database.pool(), new_host(), new_booking());
    let events = [opened(), offers(MEETING_TYPE), requested(booking, "Ada", hour(9))];
    project(&pool, &MemoryLog::of(events.map(|event| (host, event)))).await.unwrap();
    let end = hour(10);
    for (now, times) in [(end, 1), (end + Duration::days(35), 1), (end + Duration::days(35) + Duration::seconds(1), 0)]
    {
        let (version, availability) = load(&pool, host, now).await.unwrap().unwrap();
        assert_eq!((version, availability.reservations.len()), (3, times), "at {now}");
    }
}

#[tokio::test]
async fn a_host_keeps_few_rows_however_long_they_take_bookings() {
    let database = TestDatabase::create().await.unwrap();
    let (pool, host) = (database.pool(), new_host());
    let mut log = MemoryLog::of([(host, opened()), (host, offers(MEETING_TYPE))]);
    for day in 0..200 {
        let start = hour(24 * day + 9);
        let mut request = request(new_booking(), "Ada", start);
        request.requested_at = start - Duration::hours(1);
        let booking = request.booking_id;
        log.append(host, &request.into());
        log.append(host, &confirmed(booking));
    }
    project(&pool, &log).await.unwrap();
    let oldest: Instant =
        sqlx::query_scalar("SELECT min(end_time) FROM read_models.busy_times").fetch_one(&pool).await.unwrap();
    assert!(oldest > instant(hour(24 * 199).timestamp()) - Duration::days(36), "{oldest}");
}

#[tokio::test]
async fn a_gap_in_a_calendar_is_refused() {
    let database = TestDatabase::create().await.unwrap();
    let (pool, host) = (database.pool(), new_host());
    let events = [opened(), offers(MEETING_TYPE), requested(new_booking(), "Ada", hour(9))];
    let mut log = MemoryLog::of(events.map(|event| (host, event)));
    log.events.remove(1);
    let refused = project(&pool, &log).await.unwrap_err();
    assert!(matches!(refused, ProjectionError::Gap { known: 1, found: 3, .. }), "{refused}");
    assert_eq!(load(&pool, host, now()).await.unwrap(), None);
}
