//! A crash of PostgreSQL between the key of a new guest and the append that is sealed with it.

use std::sync::atomic::{AtomicBool, Ordering};

use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::{HostId, MeetingTypeId};
use daybook_event_store::{
    AppenderOptions, CalendarStore, Codec, EventStoreMetrics, Feed, Place, StoreOptions, SubjectKeys,
};
use daybook_testkit::{Role, TestPostgres};
use prometheus::Registry;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::support::{DEADLINE, add_meeting_type, book_as_guest, by_host, host, keys, now, open, until};

const HOSTS: usize = 24;

async fn bookings(pool: &PgPool) -> i64 {
    let query = sqlx::query_scalar("SELECT count(*) FROM reservations");
    query.fetch_one(pool).await.unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_kill_9_of_the_server_every_guest_in_the_log_can_be_read() {
    let mut server = TestPostgres::start().await.unwrap();
    server.prepare_database("log").await.unwrap();
    let pool =
        PgPoolOptions::new().acquire_timeout(DEADLINE).connect_lazy(&server.url("log", Role::Application)).unwrap();
    let (token, tasks) = (CancellationToken::new(), TaskTracker::new());
    let _ends = token.clone().drop_guard();
    let metrics = EventStoreMetrics::register(&Registry::new()).unwrap();
    let options = StoreOptions {
        appender: AppenderOptions { patience: DEADLINE, ..AppenderOptions::default() },
        ..StoreOptions::default()
    };
    let store = CalendarStore::start(pool.clone(), keys(), options, metrics, &token, &tasks);

    let mut hosts = Vec::new();
    for _ in 0..HOSTS {
        let (host, meeting_type) = (host(), MeetingTypeId(Uuid::now_v7()));
        store.execute(host, open(), now(), by_host()).await.unwrap();
        store.execute(host, add_meeting_type(meeting_type), now(), by_host()).await.unwrap();
        hosts.push((host, meeting_type));
    }
    for round in 0..3 {
        let enough = AtomicBool::new(false);
        // Each by somebody new.
        let guests =
            hosts.iter().enumerate().map(async |(n, &(host, meeting_type)): (usize, &(HostId, MeetingTypeId))| {
                let mut place = 2000 * round;
                while !enough.load(Ordering::SeqCst) {
                    place += 1;
                    let (who, half_hour) = (format!("guest{n}-{place}"), place % 2000 + 700 * round);
                    // While there is no server, guests are not found and commands are turned away.
                    let asked = book_as_guest(store.codec().keys(), meeting_type, &who, half_hour).await;
                    if let Ok((_, command)) = asked {
                        let _ = store.execute(host, command, now(), by_host()).await;
                    }
                }
            });
        let kill = async {
            let get_on = async || {
                let before = bookings(&pool).await;
                until("bookings get on", async || bookings(&pool).await > before + 100).await;
            };
            get_on().await;
            server.kill_9().await.unwrap();
            server.restart().await.unwrap();
            get_on().await;
            enough.store(true, Ordering::SeqCst);
        };
        tokio::join!(futures::future::join_all(guests), kill);
    }

    let codec = Codec::new(SubjectKeys::start(pool.clone(), keys(), token.clone(), &tasks));
    let (feed, mut place, mut read) = (Feed::new(pool.clone()), Place::default(), 0);
    let all = bookings(&pool).await;
    while read < all {
        for event in feed.after(place, 1000).await.unwrap() {
            place = event.place;
            let mut opened = [(event.id, event.decode().unwrap())];
            codec.open(&mut opened).await.unwrap();
            if let [(_, CalendarEvent::BookingRequested(request))] = opened {
                let guest = request.guest.get().expect("a guest whose key is lost");
                let found = codec.keys().known_guest(&guest.email).await.unwrap();
                assert_eq!(found.as_ref(), Some(request.guest.subject()), "a guest who cannot be found");
                read += 1;
            }
        }
    }
}
