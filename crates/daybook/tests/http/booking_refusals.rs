//! Why a time cannot be had (V9), each refusal with its code and in its order.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::availability::assert_nearest;
use crate::shared;
use crate::support::people::{Host, Offer};
use crate::support::times::{at, later, now, tuesday, written};

async fn offer_with(terms: &Value) -> Offer {
    Host::register(&shared().await.one.http()).await.offer_with(terms).await
}

#[tokio::test]
async fn a_time_that_is_not_offered_is_refused_with_the_reason() {
    let day = tuesday();
    let offer = offer_with(&json!({"minimum_notice_minutes": 60})).await;
    let soon = written(chrono::DateTime::from_timestamp((now().timestamp() / 1800 + 1) * 1800, 0).unwrap());
    for (start, reason) in [
        (at(day, "09:10"), "off_the_grid"),
        (at(day, "08:00"), "outside_hours"),
        (at(day, "16:45"), "outside_hours"),
        (at(later(day, 5), "09:00"), "outside_hours"),
        (at(later(day, 70), "09:00"), "outside_booking_window"),
        ("2020-01-07T09:00:00Z".to_owned(), "in_the_past"),
        (soon, "too_soon"),
    ] {
        let problem = offer.request(&start).await.problem(422, "INVALID_TIME_SLOT");
        assert_eq!(problem["details"], json!({"reason": reason}), "{start}");
        assert_eq!(offer.check(&start).await["available"], false, "{start}");
    }
}

#[tokio::test]
async fn a_taken_time_comes_with_the_nearest_that_are_free() {
    let offer = offer_with(&json!({})).await;
    let start = at(tuesday(), "12:00");
    offer.book(&start).await;
    let problem = offer.request(&start).await.problem(409, "SLOT_UNAVAILABLE");
    let alternatives = &problem["details"]["alternative_slots"];
    assert_nearest(alternatives, &start);
    assert_eq!(alternatives, &offer.check(&start).await["alternative_slots"]);
    for alternative in alternatives.as_array().unwrap() {
        offer.book(alternative["start_time"].as_str().unwrap()).await;
    }
}

#[tokio::test]
async fn limits_by_day_week_and_minutes_hold() {
    let day = tuesday();
    for (terms, same_day, next_day) in [
        (json!({"max_bookings_per_day": 1}), false, true),
        (json!({"max_bookings_per_week": 1}), false, false),
        (json!({"max_minutes_per_day": 45}), false, true),
        (json!({"max_minutes_per_day": 60}), true, true),
    ] {
        let offer = offer_with(&terms).await;
        let booked = offer.book(&at(day, "09:00")).await;
        for (start, allowed) in [(at(day, "12:00"), same_day), (at(later(day, 1), "12:00"), next_day)] {
            assert_eq!(offer.offers(&start).await, allowed, "{terms} {start}");
            let reply = offer.request(&start).await;
            if allowed {
                reply.created();
            } else {
                reply.problem(422, "MAX_BOOKINGS_REACHED");
            }
        }
        // Who holds the place may still move.
        booked.reschedule(&at(day, "15:00")).await.ok();
        assert!(offer.offers(&at(later(day, 7), "12:00")).await, "next week is open: {terms}");
    }
}

#[tokio::test]
async fn of_several_reasons_the_first_in_the_contracts_order_is_given() {
    let host = Host::register(&shared().await.one.http()).await;
    let offer = host.offer_with(&json!({"max_bookings_per_day": 1})).await;
    let day = tuesday();
    offer.book(&at(day, "12:00")).await;
    offer.request(&at(day, "12:10")).await.problem(422, "INVALID_TIME_SLOT");
    offer.request(&at(day, "12:00")).await.problem(422, "MAX_BOOKINGS_REACHED");
}

#[tokio::test]
async fn a_move_is_judged_like_a_booking() {
    let host = Host::register(&shared().await.one.http()).await;
    let offer = host.offer().await;
    let day = tuesday();
    let booked = offer.book(&at(day, "09:00")).await;
    offer.book(&at(day, "10:00")).await;
    booked.reschedule(&at(day, "09:10")).await.problem(422, "INVALID_TIME_SLOT");
    let taken = booked.reschedule(&at(day, "10:00")).await.problem(409, "SLOT_UNAVAILABLE");
    assert_nearest(&taken["details"]["alternative_slots"], &at(day, "10:00"));
    assert_eq!(booked.show().await["booking"]["start_time"], at(day, "09:00"), "a refused move changes nothing");
    assert_eq!(booked.show().await["booking"]["version"], 1);
}

#[tokio::test]
async fn a_cancelled_booking_neither_moves_nor_is_cancelled_again() {
    let offer = offer_with(&json!({})).await;
    let day = tuesday();
    let booked = offer.book(&at(day, "09:00")).await;
    booked.cancel().await.ok();
    booked.cancel().await.problem(422, "BOOKING_NOT_ACTIVE");
    booked.reschedule(&at(day, "10:00")).await.problem(422, "BOOKING_NOT_ACTIVE");
    assert!(offer.offers(&at(day, "10:00")).await);
}

#[tokio::test]
async fn what_nobody_offers_cannot_be_booked() {
    let mut offer = offer_with(&json!({})).await;
    offer.id = Uuid::now_v7().to_string();
    offer.request(&at(tuesday(), "09:00")).await.problem(404, "NOT_FOUND");
}
