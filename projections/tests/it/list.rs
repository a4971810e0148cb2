//! Lists of bookings: filters and pages.

use std::collections::HashSet;

use chrono::Duration;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::{HostId, MeetingTypeId};
use daybook_projections::Projection;
use daybook_projections::bookings::{Booking, BookingsProjection, Cursor, Filter, Status, list};
use daybook_testkit::TestDatabase;
use proptest::prelude::*;
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::log::MemoryLog;
use crate::support::tables::use_live_tables;
use crate::support::{cancelled, codec, confirmed, hour, new_booking, new_host, opened, request};

const OTHER_TYPE: MeetingTypeId = MeetingTypeId(Uuid::from_u128(8));
const NAMES: [&str; 4] = ["Ada Lovelace", "Grace Hopper", "ÉLODIE Çelik", "Adam 100%"];

struct World {
    _database: TestDatabase,
    pool: PgPool,
    host: HostId,
}

/// A host with a hundred bookings, some of which start at the same time, and another one with as many.
async fn world() -> World {
    let database = TestDatabase::create().await.unwrap();
    let (pool, host) = (database.pool(), new_host());
    let hosts = [host, new_host()];
    let mut log = MemoryLog::of(hosts.map(|host| (host, opened())));
    for (n, hours) in (0..200).zip((0..).step_by(37)) {
        let host = hosts[n % 2];
        let booking = new_booking();
        // As no log would take it: twenty starts for a hundred bookings.
        let mut request = request(booking, NAMES[n % 7 % 4], hour(hours % 20));
        if n % 3 == 0 {
            request.meeting_type_id = OTHER_TYPE;
        }
        log.append(host, &request.into());
        let then: &[CalendarEvent] = match n % 5 {
            0 => &[],
            1 | 2 => &[confirmed(booking)],
            _ => &[confirmed(booking), cancelled(booking, None)],
        };
        for event in then {
            log.append(host, event);
        }
    }
    let mut connection = pool.acquire().await.unwrap().detach();
    use_live_tables(&mut connection).await;
    BookingsProjection::new(codec(&pool)).project(&mut connection, &log.events).await.unwrap();
    World { _database: database, pool, host }
}

impl World {
    /// Every page of a list, one after the other.
    async fn pages(&self, filter: &Filter, limit: u16, now: daybook_domain::time::Instant) -> Vec<Booking> {
        let (mut items, mut cursor) = (Vec::new(), None);
        loop {
            let page = list(&self.pool, self.host, filter, cursor, limit, now).await.unwrap();
            assert!(page.items.len() <= usize::from(limit));
            items.extend(page.items);
            match page.next_cursor {
                // As it comes back from outside.
                Some(next) => cursor = Some(next.to_string().parse::<Cursor>().unwrap()),
                None => return items,
            }
        }
    }

    async fn found(&self, q: &str) -> HashSet<String> {
        let filter = Filter { q: Some(q.to_owned()), ..Filter::default() };
        self.pages(&filter, 100, hour(0)).await.into_iter().filter_map(|booking| booking.invitee_name).collect()
    }
}

fn filters() -> impl Strategy<Value = (Filter, u16, i64)> {
    let status = prop::option::of(prop::sample::select(vec![
        Status::Pending,
        Status::Confirmed,
        Status::Completed,
        Status::Cancelled,
        Status::Declined,
    ]));
    let meeting_type = prop::option::of(prop::sample::select(vec![OTHER_TYPE, crate::support::MEETING_TYPE]));
    let q = prop::option::of(prop::sample::select(vec!["ada", "LOVE", "hopper@example", "élodie", "%", "nobody"]));
    (status, prop::option::of(0..20_i64), prop::option::of(0..20_i64), meeting_type, q, 1..40_u16, 0..22_i64).prop_map(
        |(status, from, to, meeting_type_id, q, limit, now)| {
            let (from, to, q) = (from.map(hour), to.map(hour), q.map(str::to_owned));
            (Filter { status, from, to, meeting_type_id, q }, limit, now)
        },
    )
}

/// What the filter says, in other words.
fn wanted(booking: &Booking, filter: &Filter, now: daybook_domain::time::Instant) -> bool {
    let text = format!("{:?} {:?}", booking.invitee_name, booking.invitee_email).to_lowercase();
    filter.status.is_none_or(|status| booking.status_at(now) == status)
        && filter.from.is_none_or(|from| booking.start_time >= from)
        && filter.to.is_none_or(|to| booking.start_time < to)
        && filter.meeting_type_id.is_none_or(|id| booking.meeting_type_id == id)
        && filter.q.as_ref().is_none_or(|q| text.contains(&q.to_lowercase()))
}

#[test]
fn every_list_is_complete_in_order_and_without_repeats_whatever_the_pages() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(world());
    let all = runtime.block_on(world.pages(&Filter::default(), 1_000, hour(0)));
    assert_eq!(all.len(), 100);
    assert!(all.is_sorted_by_key(|booking| (booking.start_time, booking.id)));
    let config = ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((filter, limit, now) in filters())| {
        let expected: Vec<Booking> = all.iter().filter(|b| wanted(b, &filter, hour(now))).cloned().collect();
        let found = runtime.block_on(world.pages(&filter, limit, hour(now)));
        prop_assert_eq!(found, expected);
    });
    // The database goes while its runtime is there.
    drop(world);
}

#[tokio::test]
async fn the_search_knows_no_case_and_no_wildcards() {
    let world = world().await;
    let found = async |q: &str| world.found(q).await;
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<HashSet<_>>();
    assert_eq!(found("ADA").await, names(&["Ada Lovelace", "Adam 100%"]));
    assert_eq!(found("éLoDiE çELIK").await, names(&["ÉLODIE Çelik"]));
    assert_eq!(found("grace.hopper@").await, names(&["Grace Hopper"]));
    assert_eq!(found("0%").await, names(&["Adam 100%"]));
    assert_eq!(found("_").await, names(&[]));
}

#[tokio::test]
async fn a_list_that_grows_and_shrinks_between_pages_repeats_and_loses_nothing() {
    let world = world().await;
    let first = list(&world.pool, world.host, &Filter::default(), None, 30, hour(0)).await.unwrap();
    // One that was shown goes, one comes that would have been shown.
    let shown = &first.items[3];
    sqlx::query("DELETE FROM read_models.bookings WHERE id = $1").bind(shown.id.0).execute(&world.pool).await.unwrap();
    sqlx::query("UPDATE read_models.bookings SET start_time = $2 WHERE id = $1")
        .bind(first.items[5].id.0)
        .bind(hour(0) - Duration::days(1))
        .execute(&world.pool)
        .await
        .unwrap();
    let rest = list(&world.pool, world.host, &Filter::default(), first.next_cursor, 1_000, hour(0)).await.unwrap();
    let ids: HashSet<_> = first.items.iter().chain(&rest.items).map(|booking| booking.id).collect();
    assert_eq!((ids.len(), first.items.len() + rest.items.len(), rest.next_cursor), (100, 100, None));
}
