//! Group meetings: guests who share a session (B2).

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::shared;
use crate::support::people::{Booked, Host, Offer, booking};
use crate::support::report;
use crate::support::times::{at, later, tuesday};

async fn class(capacity: u16) -> (Host, Offer) {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer_with(&json!({"kind": "group", "capacity": capacity})).await;
    (host, offer)
}

async fn seats(offer: &Offer, start: &str) -> Value {
    let path =
        format!("/api/availability?meeting_type_id={}&start_date={}&end_date={}", offer.id, tuesday(), tuesday());
    let answer = offer.http.get(&path).await.ok();
    let slots = answer["slots"][tuesday().to_string()].as_array().unwrap().clone();
    slots.iter().find(|slot| slot["start_time"] == start).map_or(Value::Null, |slot| slot["seats_left"].clone())
}

#[tokio::test]
async fn guests_share_a_session_until_its_seats_are_taken() {
    let (host, offer) = class(2).await;
    let start = at(tuesday(), "09:00");
    assert_eq!(seats(&offer, &start).await, 2);
    let first = offer.book(&start).await;
    assert_eq!(seats(&offer, &start).await, 1);
    let second = offer.book(&start).await;
    let session = |booked: &Booked| booked.answer["booking"]["session_id"].clone();
    assert_eq!(session(&first), session(&second));
    assert_eq!(seats(&offer, &start).await, Value::Null, "no seat, no slot");
    offer.request(&start).await.problem(409, "SLOT_UNAVAILABLE");
    // The time is one meeting of the host's, whatever else they offer.
    assert!(!host.offer().await.offers(&start).await);
    first.cancel().await.ok();
    assert_eq!(seats(&offer, &start).await, 1);
    offer.book(&start).await;
}

#[tokio::test]
async fn who_moves_away_leaves_the_others_where_they_are() {
    let (_, offer) = class(3).await;
    let (nine, ten) = (at(tuesday(), "09:00"), at(tuesday(), "10:00"));
    let (first, second) = (offer.book(&nine).await, offer.book(&nine).await);
    let moved = first.reschedule(&ten).await.ok();
    assert_ne!(moved["session_id"], second.answer["booking"]["session_id"], "a session of its own");
    assert_eq!((seats(&offer, &nine).await, seats(&offer, &ten).await), (json!(2), json!(2)));
    let joined = second.reschedule(&ten).await.ok();
    assert_eq!(joined["session_id"], moved["session_id"]);
}

#[tokio::test]
async fn the_same_guest_takes_one_seat() {
    let (_, offer) = class(5).await;
    let start = at(tuesday(), "09:00");
    let asked = booking(&offer.id, &start);
    offer.http.post("/api/bookings", &asked).await.created();
    let again = offer.http.post("/api/bookings", &asked).await.ok();
    assert_eq!(again["duplicate"], true);
    assert_eq!(seats(&offer, &start).await, 4);
}

#[tokio::test]
async fn the_last_seat_is_never_sold_twice() {
    const GUESTS: u16 = 1_000;
    const SEATS: u16 = 100;
    let shared = shared().await;
    let nodes = [shared.one.http(), shared.other.http()];
    let (host, offer) = class(SEATS).await;
    let start = at(later(tuesday(), 1), "09:00");
    let begun = std::time::Instant::now();
    let calls =
        (0..GUESTS).map(|guest| nodes[usize::from(guest) % 2].post("/api/bookings", &booking(&offer.id, &start)));
    let replies = join_all(calls.map(IntoFuture::into_future)).await;
    let took = begun.elapsed();
    let booked: Vec<Value> = replies.iter().filter(|reply| reply.status == 201).map(|r| r.created()).collect();
    assert_eq!(booked.len(), usize::from(SEATS));
    for lost in replies.iter().filter(|reply| reply.status != 201) {
        lost.problem(409, "SLOT_UNAVAILABLE");
    }
    let sessions: BTreeSet<String> = booked.iter().map(|b| b["booking"]["session_id"].to_string()).collect();
    assert_eq!(sessions.len(), 1);
    let database = shared.deployment.log();
    assert_eq!(database.events_of(&host.id, "BookingConfirmed").await, i64::from(SEATS));
    let rate = f64::from(GUESTS) / took.as_secs_f64();
    report(&format!(
        "group race: {GUESTS} guests for {SEATS} seats over 2 nodes: {SEATS} booked, {rate:.0} requests/s"
    ));
}
