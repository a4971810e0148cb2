//! A crash of PostgreSQL between the key of a new guest and the append that is sealed with it.

use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::MeetingTypeId;
use daybook_event_store::{
    AppenderOptions, CalendarStore, Codec, EventStoreMetrics, History, HistoryRange, StoreOptions, SubjectKeys,
};
use daybook_testkit::{Role, TestPostgres};
use prometheus::Registry;
use sqlx::postgres::PgPoolOptions;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::support::{DEADLINE, add_meeting_type, book, booking, by_host, host, keys, now, open, until};

/// Crashes.
const ROUNDS: i64 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_whose_key_a_crash_took_before_the_append_can_be_read_nevertheless() {
    let mut server = TestPostgres::start().await.unwrap();
    server.prepare_database("log").await.unwrap();
    let url = server.url("log", Role::Application);
    let pool = PgPoolOptions::new().acquire_timeout(DEADLINE).connect_lazy(&url).unwrap();
    // Sees what other roles' sessions are doing.
    let superuser = PgPoolOptions::new().connect_lazy(&server.url("log", Role::Superuser)).unwrap();
    let (token, tasks) = (CancellationToken::new(), TaskTracker::new());
    let _ends = token.clone().drop_guard();
    let metrics = EventStoreMetrics::register(&Registry::new()).unwrap();
    let appender = AppenderOptions { patience: DEADLINE, ..AppenderOptions::default() };
    let options = StoreOptions { appender, ..StoreOptions::default() };
    let store = CalendarStore::start(pool.clone(), keys(), options, metrics, &token, &tasks);
    let (host, meeting_type) = (host(), MeetingTypeId(Uuid::now_v7()));
    store.execute(host, open(), now(), by_host()).await.unwrap();
    store.execute(host, add_meeting_type(meeting_type), now(), by_host()).await.unwrap();

    let booking_of = |who: String, n| store.execute(host, book(booking(), meeting_type, &who, n), now(), by_host());
    for n in 0..ROUNDS {
        let is_back = async || booking_of(format!("first{n}"), 2 * n).await.is_ok();
        until("the server is found again", is_back).await;
        // Held locked, the stream keeps the append waiting, and so its key is not flushed by it.
        let mut transaction = pool.begin().await.unwrap();
        let lock = sqlx::query("SELECT FROM streams WHERE aggregate_id = $1 FOR UPDATE").bind(host.0);
        lock.execute(&mut *transaction).await.unwrap();
        let crash = async {
            let waits = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'
                         AND application_name = 'daybook appender' AND datname = current_database()";
            until("the append waits", async || sqlx::query_scalar(waits).fetch_one(&superuser).await.unwrap()).await;
            server.kill_9().await.unwrap();
            server.restart().await.unwrap();
        };
        let (booked, ()) = tokio::join!(booking_of(format!("second{n}"), 2 * n + 1), crash);
        booked.unwrap();
    }

    let codec = Codec::new(SubjectKeys::start(pool.clone(), keys(), token.clone(), &tasks));
    let range = HistoryRange { event_types: Some(&["BookingRequested"]), ..HistoryRange::default() };
    let log = History::new(pool).events(host, range, 100).await.unwrap();
    assert_eq!(log.len(), usize::try_from(2 * ROUNDS).unwrap());
    for event in log {
        let mut opened = [(event.id, event.decode().unwrap())];
        codec.open(&mut opened).await.unwrap();
        let [(_, CalendarEvent::BookingRequested(request))] = opened else { panic!("not a request") };
        assert!(request.guest.get().is_some(), "a guest whose key is lost");
    }
}
