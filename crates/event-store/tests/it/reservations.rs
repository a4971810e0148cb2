//! The last layer against double booking: the time that bookings hold, kept by PostgreSQL itself (B6).

use chrono::{DateTime, Duration, Utc};
use daybook_event_store::forget_past_reservations;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::guards::{Row, constraint, count, database, insert, refusal};
use crate::support::booking_payload;

fn booking(stream: Uuid, version: i64, event_type: &'static str, booking: Uuid, slot: i64) -> Row {
    (stream, version, event_type, booking_payload(event_type, booking, slot))
}

const OVERLAP: (&str, &str) = ("23P01", "reservations_do_not_overlap");

/// The bookings of a host that hold time, with their start in half hours.
async fn held(pool: &PgPool, host: Uuid) -> Vec<(Uuid, i64)> {
    let query = sqlx::query_as::<_, (Uuid, i64)>(
        "SELECT booking_id, (extract(epoch FROM lower(during) - $2) / 1800)::bigint FROM reservations
         WHERE host_id = $1 ORDER BY during",
    );
    query.bind(host).bind(crate::support::time(0)).fetch_all(pool).await.unwrap()
}

#[tokio::test]
async fn an_overlapping_booking_inserted_by_plain_sql_is_refused() {
    let database = database().await;
    let (host, mine, other) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    insert(&database.pool(), &[booking(host, 1, "BookingRequested", mine, 4)]).await.unwrap();
    for pool in [database.pool(), database.owner_pool()] {
        let overlap = insert(&pool, &[booking(host, 2, "BookingRequested", other, 4)]).await;
        assert_eq!(refusal(overlap), constraint(OVERLAP.0, OVERLAP.1));
    }
    assert_eq!(count(&database.pool(), "events").await, 1, "nothing of the refused append is left");
    insert(&database.pool(), &[booking(host, 2, "BookingRequested", other, 5)]).await.expect("touching is free");
    insert(&database.pool(), &[booking(Uuid::now_v7(), 1, "BookingRequested", Uuid::now_v7(), 4)])
        .await
        .expect("another host has time of their own");
}

#[tokio::test]
async fn a_part_of_a_meeting_overlaps_too() {
    let database = database().await;
    let host = Uuid::now_v7();
    insert(&database.pool(), &[booking(host, 1, "BookingRequested", Uuid::now_v7(), 4)]).await.unwrap();
    let other = Uuid::now_v7();
    let inside = format!(
        r#"{{"booking_id":"{other}","start":"{}","end":"{}"}}"#,
        (crate::support::time(4) + Duration::minutes(29)).to_rfc3339(),
        (crate::support::time(9)).to_rfc3339(),
    );
    let overlap = insert(&database.pool(), &[(host, 2, "BookingRequested", inside)]).await;
    assert_eq!(refusal(overlap), constraint(OVERLAP.0, OVERLAP.1));
}

#[tokio::test]
async fn guests_of_one_session_share_its_time_and_nobody_else_does() {
    let database = database().await;
    let (host, session) = (Uuid::now_v7(), Uuid::now_v7());
    let join = |version: i64, guest: Uuid, session: Uuid| {
        let payload = booking_payload("BookingRequested", guest, 4)
            .replace(&format!(r#""session_id":"{guest}""#), &format!(r#""session_id":"{session}""#));
        (host, version, "BookingRequested", payload)
    };
    insert(&database.pool(), &[join(1, Uuid::now_v7(), session), join(2, Uuid::now_v7(), session)]).await.unwrap();
    insert(&database.pool(), &[join(3, Uuid::now_v7(), session)]).await.unwrap();
    let other = insert(&database.pool(), &[join(4, Uuid::now_v7(), Uuid::now_v7())]).await;
    assert_eq!(refusal(other), constraint(OVERLAP.0, OVERLAP.1));
}

#[tokio::test]
async fn time_is_free_again_after_every_end_of_a_booking() {
    let database = database().await;
    for end in ["BookingCancelled", "BookingDeclined", "BookingExpired"] {
        let (host, first, second) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        insert(&database.pool(), &[booking(host, 1, "BookingRequested", first, 4)]).await.unwrap();
        let ended = (host, 2, end, format!(r#"{{"booking_id":"{first}"}}"#));
        insert(&database.pool(), &[ended]).await.unwrap();
        insert(&database.pool(), &[booking(host, 3, "BookingRequested", second, 4)]).await.unwrap();
        assert_eq!(held(&database.pool(), host).await, [(second, 4)], "{end}");
    }
}

#[tokio::test]
async fn a_rescheduled_booking_holds_its_new_time_only() {
    let database = database().await;
    let (host, mine) = (Uuid::now_v7(), Uuid::now_v7());
    insert(&database.pool(), &[booking(host, 1, "BookingRequested", mine, 4)]).await.unwrap();
    insert(&database.pool(), &[booking(host, 2, "BookingRescheduled", mine, 5)]).await.unwrap();
    assert_eq!(held(&database.pool(), host).await, [(mine, 5)]);
}

#[tokio::test]
async fn of_several_events_of_one_booking_in_one_append_the_last_counts() {
    let database = database().await;
    let (host, moved, gone) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let append = [
        booking(host, 1, "BookingRequested", moved, 4),
        booking(host, 2, "BookingRescheduled", moved, 5),
        booking(host, 3, "BookingRescheduled", moved, 6),
        booking(host, 4, "BookingRequested", gone, 5),
        booking(host, 5, "BookingCancelled", gone, 5),
    ];
    insert(&database.pool(), &append).await.unwrap();
    assert_eq!(held(&database.pool(), host).await, [(moved, 6)]);
    insert(
        &database.pool(),
        &[booking(host, 6, "BookingRescheduled", moved, 7), booking(host, 7, "BookingCancelled", moved, 7)],
    )
    .await
    .unwrap();
    assert_eq!(held(&database.pool(), host).await, []);
}

#[tokio::test]
async fn a_booking_may_move_onto_a_time_that_another_gives_up_in_the_same_append() {
    let database = database().await;
    let (host, leaves, moves, comes) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let before = [booking(host, 1, "BookingRequested", leaves, 4), booking(host, 2, "BookingRequested", moves, 5)];
    insert(&database.pool(), &before).await.unwrap();
    insert(
        &database.pool(),
        &[
            booking(host, 3, "BookingRescheduled", moves, 4),
            booking(host, 4, "BookingCancelled", leaves, 4),
            booking(host, 5, "BookingRequested", comes, 5),
        ],
    )
    .await
    .unwrap();
    assert_eq!(held(&database.pool(), host).await, [(moves, 4), (comes, 5)]);
}

#[tokio::test]
async fn two_bookings_may_swap_their_times_in_one_append() {
    let database = database().await;
    let (host, one, two) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let before = [booking(host, 1, "BookingRequested", one, 4), booking(host, 2, "BookingRequested", two, 5)];
    insert(&database.pool(), &before).await.unwrap();
    let swap = [booking(host, 3, "BookingRescheduled", one, 5), booking(host, 4, "BookingRescheduled", two, 4)];
    insert(&database.pool(), &swap).await.unwrap();
    assert_eq!(held(&database.pool(), host).await, [(two, 4), (one, 5)]);
}

#[tokio::test]
async fn a_move_onto_a_time_that_is_still_held_is_refused_in_either_order() {
    let database = database().await;
    let (host, stays, moves) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let before = [booking(host, 1, "BookingRequested", stays, 4), booking(host, 2, "BookingRequested", moves, 5)];
    insert(&database.pool(), &before).await.unwrap();
    let overlap = insert(&database.pool(), &[booking(host, 3, "BookingRescheduled", moves, 4)]).await;
    assert_eq!(refusal(overlap), constraint(OVERLAP.0, OVERLAP.1));
    let both = [booking(host, 3, "BookingRescheduled", moves, 6), booking(host, 4, "BookingRescheduled", stays, 6)];
    assert_eq!(refusal(insert(&database.pool(), &both).await), constraint(OVERLAP.0, OVERLAP.1));
    assert_eq!(held(&database.pool(), host).await, [(stays, 4), (moves, 5)]);
}

#[tokio::test]
async fn a_booking_cannot_be_requested_twice() {
    let database = database().await;
    let (host, mine) = (Uuid::now_v7(), Uuid::now_v7());
    insert(&database.pool(), &[booking(host, 1, "BookingRequested", mine, 4)]).await.unwrap();
    let again = insert(&database.pool(), &[booking(host, 2, "BookingRequested", mine, 9)]).await;
    assert_eq!(refusal(again), constraint("23505", "reservations_pkey"));
}

#[tokio::test]
async fn a_booking_without_a_proper_time_is_refused() {
    let database = database().await;
    let (host, mine) = (Uuid::now_v7(), Uuid::now_v7());
    for times in [
        "",
        r#","start":"2027-01-01T09:00:00Z""#,
        r#","end":"2027-01-01T09:00:00Z""#,
        r#","start":"2027-01-01T09:00:00Z","end":"2027-01-01T09:00:00Z""#,
        r#","start":"2027-01-01T09:00:00Z","end":"2027-01-01T08:00:00Z""#,
        r#","start":"2027-01-01T09:00:00Z","end":"infinity""#,
        r#","start":"2027-01-01T09:00:00Z","end":"later""#,
    ] {
        let payload = format!(r#"{{"booking_id":"{mine}"{times}}}"#);
        let refused = insert(&database.pool(), &[(host, 1, "BookingRequested", payload)]).await;
        assert!(refused.is_err(), "{times}");
    }
    let nameless = booking_payload("BookingRequested", mine, 1).replace("booking_id", "id");
    assert!(insert(&database.pool(), &[(host, 1, "BookingRequested", nameless)]).await.is_err());
    assert_eq!(count(&database.pool(), "events").await, 0);
}

#[tokio::test]
async fn reservations_of_the_past_are_forgotten_and_none_that_could_be_overlapped() {
    let database = database().await;
    let (pool, host, stop) = (database.pool(), Uuid::now_v7(), CancellationToken::new());
    let today: DateTime<Utc> = sqlx::query_scalar("SELECT now()").fetch_one(&pool).await.unwrap();
    let ended = |days_ago: i64| {
        let (id, end) = (Uuid::now_v7(), today - Duration::days(days_ago));
        let (start, end) = ((end - Duration::hours(1)).to_rfc3339(), end.to_rfc3339());
        (id, format!(r#"{{"booking_id":"{id}","session_id":"{id}","start":"{start}","end":"{end}"}}"#))
    };
    let bookings = [400, 36, 34, 1, -1, -400].map(ended);
    for (version, (_, payload)) in (1..).zip(&bookings) {
        insert(&pool, &[(host, version, "BookingRequested", payload.clone())]).await.unwrap();
    }
    let left = async || -> Vec<Uuid> {
        let query = "SELECT booking_id FROM reservations WHERE host_id = $1 ORDER BY during";
        sqlx::query_scalar(query).bind(host).fetch_all(&pool).await.unwrap()
    };

    // A clock that is behind forgets less, and one that has run years ahead no more than the database's.
    let forget = async |now| forget_past_reservations(&pool, now, &stop).await.unwrap();
    assert_eq!(forget(today - Duration::days(500)).await, 0);
    assert_eq!(forget(today - Duration::days(100)).await, 1);
    assert_eq!(forget(today + Duration::days(3_650)).await, 1);
    assert_eq!(left().await, bookings[2..].iter().map(|(id, _)| *id).collect::<Vec<_>>());
    assert_eq!(forget(today).await, 0);

    // What is left still keeps others away.
    let (_, again) = ended(-1);
    let overlap = insert(&pool, &[(host, 7, "BookingRequested", again)]).await;
    assert_eq!(refusal(overlap), constraint(OVERLAP.0, OVERLAP.1));
    let cancelled = (host, 7, "BookingCancelled", format!(r#"{{"booking_id":"{}"}}"#, bookings[0].0));
    insert(&pool, &[cancelled]).await.expect("an event about a booking that was forgotten goes into the log");
    // The application can do no more than that.
    let delete = sqlx::query("DELETE FROM reservations").execute(&pool).await.unwrap_err();
    assert_eq!(delete.as_database_error().unwrap().code().as_deref(), Some("42501"));
}
