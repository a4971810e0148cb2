//! Bookings that the host confirms or declines, and guests who do not come (B3, B5).

use serde_json::{Value, json};

use crate::shared;
use crate::support::people::{Booked, Host, Offer};
use crate::support::times::{at, instant, later, now, tuesday};

async fn held() -> (Host, Offer, Booked) {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer_with(&json!({"requires_confirmation": true, "hold_minutes": 60})).await;
    let booked = offer.book(&at(tuesday(), "09:00")).await;
    (host, offer, booked)
}

async fn answer(host: &Host, booked: &Booked, what: &str, body: &Value) -> crate::support::reply::Reply {
    host.http.post(&format!("{}/{what}", booked.path()), body).await
}

#[tokio::test]
async fn a_pending_booking_holds_its_time_until_the_host_confirms_it() {
    let (host, offer, booked) = held().await;
    let booking = &booked.answer["booking"];
    assert_eq!((&booking["status"], &booking["version"]), (&json!("pending"), &json!(1)));
    let hold = instant(&booking["hold_until"]) - instant(&booking["created_at"]);
    assert_eq!(hold.num_minutes(), 60);
    assert!(!offer.offers(&at(tuesday(), "09:00")).await, "it is held");
    offer.request(&at(tuesday(), "09:00")).await.problem(409, "SLOT_UNAVAILABLE");
    let pending = host.http.get("/api/bookings?status=pending").await.ok();
    assert_eq!(pending["items"][0]["id"], booking["id"]);

    let confirmed = answer(&host, &booked, "confirm", &json!({"version": 1})).await.ok();
    assert_eq!((&confirmed["status"], &confirmed["version"]), (&json!("confirmed"), &json!(2)));
    assert_eq!(confirmed["hold_until"], Value::Null);
    assert_eq!(booked.show().await["booking"], confirmed);
    let again = answer(&host, &booked, "confirm", &json!({})).await.ok();
    assert_eq!(again, confirmed, "once more changes nothing");
    answer(&host, &booked, "decline", &json!({})).await.problem(422, "BOOKING_NOT_ACTIVE");
}

#[tokio::test]
async fn a_declined_booking_gives_its_time_back_and_says_why() {
    let (host, offer, booked) = held().await;
    let declined = answer(&host, &booked, "decline", &json!({"reason": "On holiday"})).await.ok();
    assert_eq!((&declined["status"], &declined["cancellation_reason"]), (&json!("declined"), &json!("On holiday")));
    assert_eq!(booked.show().await["booking"], declined);
    assert!(offer.offers(&at(tuesday(), "09:00")).await);
    for what in ["confirm", "decline", "no-show"] {
        answer(&host, &booked, what, &json!({})).await.problem(422, "BOOKING_NOT_ACTIVE");
    }
    booked.cancel().await.problem(422, "BOOKING_NOT_ACTIVE");
}

#[tokio::test]
async fn only_the_host_answers_and_only_for_what_they_have_seen() {
    let (host, _, booked) = held().await;
    let other = Host::register(&host.http.anonymous()).await;
    for what in ["confirm", "decline", "no-show"] {
        let path = format!("{}/{what}", booked.path());
        booked.http.post(&path, &json!({})).await.problem(401, "UNAUTHENTICATED");
        booked.http.post(&path, &json!({})).token(&booked.token).await.problem(401, "UNAUTHENTICATED");
        other.http.post(&path, &json!({})).await.problem(404, "NOT_FOUND");
        host.http.post(&path, &json!({"version": 7})).await.problem(
            if what == "no-show" { 422 } else { 409 },
            if what == "no-show" { "BOOKING_NOT_ACTIVE" } else { "VERSION_CONFLICT" },
        );
        let unknown = host.http.post(&path, &json!({"colour": "red"})).await.problem(400, "VALIDATION_ERROR");
        assert!(unknown["details"]["colour"].is_array(), "{unknown}");
    }
}

#[tokio::test]
async fn a_guest_who_moves_a_booking_asks_again_and_a_host_who_moves_it_does_not() {
    let (host, _, booked) = held().await;
    answer(&host, &booked, "confirm", &json!({})).await.ok();
    let moved = booked.reschedule(&at(tuesday(), "10:00")).await.ok();
    assert_eq!(moved["status"], "pending");
    assert!(instant(&moved["hold_until"]) > now());
    answer(&host, &booked, "confirm", &json!({})).await.ok();
    let path = format!("{}/reschedule", booked.path());
    let by_host = host.http.put(&path, &json!({"start_time": at(tuesday(), "11:00")})).await.ok();
    assert_eq!(by_host["status"], "confirmed");
}

#[tokio::test]
async fn a_guest_keeps_to_the_notice_and_the_host_need_not() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    // More notice than there is time until any slot of these weeks.
    let notice = json!({"cancellation_notice_minutes": 43_200, "reschedule_notice_minutes": 43_200});
    let booked = host.offer_with(&notice).await.book(&at(tuesday(), "09:00")).await;
    let refused = booked.cancel().await.problem(422, "BOOKING_NOT_ACTIVE");
    assert_eq!(refused["details"]["notice_minutes"], 43_200);
    booked.reschedule(&at(later(tuesday(), 1), "09:00")).await.problem(422, "BOOKING_NOT_ACTIVE");
    let cancelled = host.http.delete(&booked.path()).await.ok();
    assert_eq!(cancelled["status"], "cancelled");
}

#[tokio::test]
async fn nobody_misses_a_meeting_that_has_not_begun() {
    let (host, _, booked) = held().await;
    answer(&host, &booked, "confirm", &json!({})).await.ok();
    let problem = answer(&host, &booked, "no-show", &json!({})).await.problem(422, "BOOKING_NOT_ACTIVE");
    assert!(problem["detail"].as_str().unwrap().contains("not started"), "{problem}");
}

#[tokio::test]
async fn an_answer_with_an_idempotency_key_is_given_once_and_replayed() {
    let (host, _, booked) = held().await;
    let path = format!("{}/decline", booked.path());
    let decline = || host.http.post(&path, &json!({"reason": "Busy"})).header("idempotency-key", "once");
    let first = decline().await;
    let again = decline().await;
    assert_eq!(again.ok(), first.ok());
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
}
