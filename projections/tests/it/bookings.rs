//! What the bookings read model says of a booking (B3, B5, B6, E9).

use chrono::Duration;
use daybook_domain::calendar::booking::BookingStatus;
use daybook_domain::ids::{BookingId, HostId, SessionId};
use daybook_projections::bookings::{
    Booking, BookingsProjection, Filter, Overlap, Status, by_id, list, next_holds, overlaps,
};
use daybook_projections::{Projection, ProjectionError};
use daybook_testkit::TestDatabase;
use sqlx::PgPool;

use crate::support::life::for_random_lives;
use crate::support::log::MemoryLog;
use crate::support::tables::{clear, use_live_tables};
use crate::support::{
    MEETING_TYPE, cancelled, codec, confirmed, guest, hour, new_booking, new_host, now, offers, opened, request,
    requested, rescheduled,
};

async fn project(pool: &PgPool, log: &MemoryLog) -> Result<(), ProjectionError> {
    let mut connection = pool.acquire().await.unwrap().detach();
    use_live_tables(&mut connection).await;
    BookingsProjection::new(codec(pool)).project(&mut connection, &log.events).await
}

/// The booking after these events of one host, each in a batch of its own.
async fn booking_after(
    id: BookingId,
    events: impl IntoIterator<Item = daybook_domain::calendar::event::CalendarEvent>,
) -> Booking {
    let database = TestDatabase::create().await.unwrap();
    let host = new_host();
    let log = MemoryLog::of([opened(), offers(MEETING_TYPE)].into_iter().chain(events).map(|event| (host, event)));
    project(&database.pool(), &log).await.unwrap();
    by_id(&database.pool(), id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_new_booking_shows_who_asked_for_what() {
    let id = new_booking();
    let booking = booking_after(id, [requested(id, "Ada Lovelace", hour(9))]).await;
    assert_eq!((booking.id, booking.meeting_type_id, booking.session_id), (id, MEETING_TYPE, SessionId::from(id)));
    assert_eq!((booking.start_time, booking.end_time), (hour(9), hour(10)));
    assert_eq!(booking.status_at(hour(8)), Status::Pending);
    assert_eq!(booking.invitee_subject, guest("Ada Lovelace").subject().0);
    assert_eq!(booking.invitee_name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(booking.invitee_email.as_deref(), Some("ada.lovelace@example.org"));
    assert_eq!(booking.notes.as_deref(), Some("Second floor"));
    assert_eq!(booking.guests, Some(vec!["friend@example.org".to_owned()]));
    assert_eq!(booking.invitee_time_zone, "America/New_York");
    assert_eq!((booking.cancellation_reason, booking.rescheduled_from), (None, None));
    assert_eq!((booking.version, booking.stream_version), (1, 3));
    assert_eq!((booking.created_at, booking.updated_at), (now(), now()));
}

#[tokio::test]
async fn a_confirmed_booking_is_completed_once_it_has_ended() {
    let id = new_booking();
    let booking = booking_after(id, [requested(id, "Ada", hour(9)), confirmed(id)]).await;
    assert_eq!(booking.status_at(hour(10) - Duration::seconds(1)), Status::Confirmed);
    assert_eq!(booking.status_at(hour(10)), Status::Completed);
    assert_eq!(booking.version, 1, "confirming in the same command is no change of its own");
}

#[tokio::test]
async fn a_booking_that_moved_keeps_its_id_and_tells_where_it_was() {
    let id = new_booking();
    let events = [requested(id, "Ada", hour(9)), confirmed(id), rescheduled(id, hour(9), hour(50))];
    let booking = booking_after(id, events).await;
    assert_eq!((booking.start_time, booking.end_time), (hour(50), hour(51)));
    assert_eq!((booking.rescheduled_from, booking.version, booking.stream_version), (Some(hour(9)), 2, 5));
    assert_eq!(booking.status_at(hour(12)), Status::Confirmed);
    assert_eq!(booking.updated_at, now() + Duration::minutes(2));
}

#[tokio::test]
async fn a_cancelled_booking_tells_why() {
    let id = new_booking();
    let booking = booking_after(id, [requested(id, "Ada", hour(9)), confirmed(id), cancelled(id, Some("Ill"))]).await;
    assert_eq!(booking.status_at(hour(100)), Status::Cancelled);
    assert_eq!((booking.cancellation_reason.as_deref(), booking.version), (Some("Ill"), 2));
}

#[test]
fn status_revision_and_time_are_those_of_the_aggregate() {
    for_random_lives(48, &async |pool, lives, _| {
        clear(pool, BookingsProjection::TABLES).await;
        project(pool, &MemoryLog::of(lives.events)).await.unwrap();
        for host in &lives.hosts {
            for expected in host.calendar.bookings() {
                let booking = by_id(pool, expected.id).await.unwrap().unwrap();
                let status = match expected.status {
                    BookingStatus::Pending => Status::Pending,
                    BookingStatus::Confirmed => Status::Confirmed,
                    BookingStatus::Declined => Status::Declined,
                    BookingStatus::Expired => Status::Expired,
                    BookingStatus::Cancelled => Status::Cancelled,
                    BookingStatus::Completed => Status::Completed,
                };
                assert_eq!(booking.status_at(chrono::DateTime::UNIX_EPOCH), status);
                assert_eq!(
                    (booking.host_id, booking.version, booking.start_time, booking.end_time, booking.session_id),
                    (host.id, expected.revision, expected.start, expected.end, expected.session)
                );
                assert_eq!(
                    (booking.meeting_type_id, booking.invitee_subject, booking.hold_until, booking.no_show),
                    (expected.meeting_type, expected.guest.0.clone(), expected.hold_until, expected.no_show)
                );
            }
        }
    });
}

#[tokio::test]
async fn a_booking_stands_once_however_often_it_moves_between_months() {
    let database = TestDatabase::create().await.unwrap();
    let (pool, host, id) = (database.pool(), new_host(), new_booking());
    let months = "SET ROLE daybook_app;
        CREATE TABLE read_models.bookings_2027_01 PARTITION OF read_models.bookings FOR VALUES FROM ('2027-01-01Z') TO ('2027-02-01Z');
        CREATE TABLE read_models.bookings_2027_02 PARTITION OF read_models.bookings FOR VALUES FROM ('2027-02-01Z') TO ('2027-03-01Z');
        RESET ROLE";
    sqlx::raw_sql(months).execute(&pool).await.unwrap();
    let (january, february, april) = (hour(9), hour(24 * 30), hour(24 * 90));
    let events = [
        opened(),
        requested(id, "Ada", january),
        rescheduled(id, january, february),
        rescheduled(id, february, april),
        rescheduled(id, april, january),
        rescheduled(id, january, february),
    ];
    let log = MemoryLog::of(events.map(|event| (host, event)));
    let months = ["bookings_2027_01", "bookings_2027_02", "bookings_default", "bookings_2027_01", "bookings_2027_02"];
    for (event, month) in log.events[1..].chunks(1).zip(months) {
        let mut connection = pool.acquire().await.unwrap().detach();
        use_live_tables(&mut connection).await;
        let projection = BookingsProjection::new(codec(&pool));
        projection.project(&mut connection, event).await.unwrap();
        projection.project(&mut connection, &log.events[1..2]).await.unwrap();
        let found: Vec<String> = sqlx::query_scalar("SELECT tableoid::regclass::text FROM read_models.bookings")
            .fetch_all(&pool)
            .await
            .unwrap();
        assert_eq!(found, [format!("read_models.{month}")]);
    }
}

#[tokio::test]
async fn a_change_of_an_unknown_booking_is_refused() {
    let database = TestDatabase::create().await.unwrap();
    let id = new_booking();
    let log = MemoryLog::of([(new_host(), opened()), (new_host(), confirmed(id))]);
    let refused = project(&database.pool(), &log).await.unwrap_err();
    assert!(matches!(refused, ProjectionError::UnknownBooking { booking, .. } if booking == id), "{refused}");
}

#[tokio::test]
async fn only_active_bookings_of_different_sessions_overlap() {
    let database = TestDatabase::create().await.unwrap();
    let pool = database.pool();
    let (host, other) = (HostId(uuid::Uuid::from_u128(1)), HostId(uuid::Uuid::from_u128(2)));
    // As no log would take it.
    let [nine, half_past, ten, gone, session_a, session_b, elsewhere] = std::array::from_fn(|_| new_booking());
    let shared = |booking, start| {
        let mut request = request(booking, "Ada", start);
        request.session_id = SessionId(uuid::Uuid::from_u128(9));
        (host, request.into())
    };
    let log = MemoryLog::of([
        (host, opened()),
        (other, opened()),
        (host, requested(nine, "Ada", hour(9))),
        (host, requested(half_past, "Grace", hour(9) + Duration::minutes(30))),
        (host, requested(ten, "Mary", hour(10) + Duration::minutes(30))),
        (host, requested(gone, "Joan", hour(9))),
        (host, cancelled(gone, None)),
        shared(session_a, hour(20)),
        shared(session_b, hour(20)),
        (other, requested(elsewhere, "Ida", hour(9))),
    ]);
    project(&pool, &log).await.unwrap();
    let found = overlaps(&pool, now(), 10).await.unwrap();
    assert_eq!(found, [Overlap { host, first: nine, second: half_past }]);
    assert_eq!(overlaps(&pool, hour(10), 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_hold_is_found_until_the_host_answers() {
    let database = TestDatabase::create().await.unwrap();
    let pool = database.pool();
    let (host, first, second, third) = (new_host(), new_booking(), new_booking(), new_booking());
    let held = |booking, start: i64, until: i64| {
        let mut event = request(booking, "Ada Lovelace", hour(start));
        event.hold_until = Some(hour(until));
        event.into()
    };
    let events = [opened(), held(first, 30, 8), held(second, 40, 5), held(third, 50, 9), confirmed(third)];
    project(&pool, &MemoryLog::of(events.map(|event| (host, event)))).await.unwrap();
    let holds = next_holds(&pool, 10).await.unwrap();
    let found: Vec<_> = holds.iter().map(|hold| (hold.host, hold.booking, hold.until)).collect();
    assert_eq!(found, [(host, second, hour(5)), (host, first, hour(8))]);
}

#[tokio::test]
async fn a_collective_booking_has_a_row_for_each_host_and_its_organiser_speaks_for_it() {
    let database = TestDatabase::create().await.unwrap();
    let pool = database.pool();
    let (organiser, other, booking) = (new_host(), new_host(), new_booking());
    let together = || {
        let mut event = request(booking, "Ada Lovelace", hour(30));
        event.hosts = vec![organiser, other];
        event.into()
    };
    // The other host's stream comes first: the order of the rows must not matter.
    let (before, now) = (hour(30), hour(31));
    let events = [
        (other, opened()),
        (organiser, opened()),
        (other, together()),
        (organiser, together()),
        (other, rescheduled(booking, before, now)),
        (organiser, rescheduled(booking, before, now)),
    ];
    project(&pool, &MemoryLog::of(events)).await.unwrap();
    let row = by_id(&pool, booking).await.unwrap().unwrap();
    assert_eq!((row.host_id, row.organiser(), row.start_time), (organiser, organiser, now));
    assert_eq!(row.hosts, Some(vec![organiser.0, other.0]));
    for host in [organiser, other] {
        let page = list(&pool, host, &Filter::default(), None, 10, hour(0)).await.unwrap();
        let found: Vec<_> = page.items.iter().map(|row| (row.id, row.organiser(), row.start_time)).collect();
        assert_eq!(found, [(booking, organiser, now)]);
    }
}
