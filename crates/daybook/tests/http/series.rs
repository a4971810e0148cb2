//! Meetings that come again: one command, all or nothing (B7).

use serde_json::{Value, json};

use crate::shared;
use crate::support::people::{Booked, Host, Offer, booking};
use crate::support::times::{at, later, tuesday};

async fn offering() -> (Host, Offer) {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    (host, offer)
}

fn weekly(offer: &Offer, count: u16) -> Value {
    let mut body = booking(&offer.id, &at(tuesday(), "14:00"));
    body["recurrence"] = json!({"frequency": "weekly", "interval": 1, "count": count});
    body
}

#[tokio::test]
async fn every_tuesday_at_two_is_one_command() {
    let (host, offer) = offering().await;
    let reply = offer.http.post("/api/bookings", &weekly(&offer, 4)).header("idempotency-key", "weekly").await;
    let answer = reply.created();
    let series = answer["series"].as_array().unwrap();
    let starts: Vec<&str> = series.iter().map(|b| b["booking"]["start_time"].as_str().unwrap()).collect();
    let expected: Vec<String> = (0..4).map(|week| at(later(tuesday(), 7 * week), "14:00")).collect();
    assert_eq!(starts, expected);
    assert_eq!(answer["booking"], series[0]["booking"]);
    let id = &answer["booking"]["series_id"];
    assert!(id.is_string() && series.iter().all(|b| b["booking"]["series_id"] == *id), "{answer}");

    // Each is a booking of its own, with its own token.
    let third = Booked {
        http: offer.http.clone(),
        id: series[2]["booking"]["id"].as_str().unwrap().to_owned(),
        token: series[2]["manage_token"].as_str().unwrap().to_owned(),
        answer: series[2].clone(),
    };
    third.cancel().await.ok();
    assert!(offer.offers(&expected[2]).await && !offer.offers(&expected[3]).await);
    let again = offer.http.post("/api/bookings", &weekly(&offer, 4)).header("idempotency-key", "weekly").await;
    again.problem(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(host.history().await.iter().filter(|event| event["type"] == "BookingRequested").count(), 4);
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_before() {
    let (_, offer) = offering().await;
    let body = weekly(&offer, 3);
    let first = offer.http.post("/api/bookings", &body).header("idempotency-key", "again").await.created();
    let second = offer.http.post("/api/bookings", &body).header("idempotency-key", "again").await;
    assert_eq!(second.created(), first);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
}

#[tokio::test]
async fn if_one_date_is_taken_none_is_booked_and_each_conflict_is_named() {
    let (host, offer) = offering().await;
    let (second, third) = (at(later(tuesday(), 7), "14:00"), at(later(tuesday(), 14), "14:00"));
    offer.book(&second).await;
    host.http.put(&format!("/api/availability/overrides/{}", &third[..10]), &json!({"windows": []})).await.ok();
    let before = host.history().await.len();
    let problem = offer.http.post("/api/bookings", &weekly(&offer, 4)).await.problem(409, "SLOT_UNAVAILABLE");
    let conflicts = problem["details"]["conflicts"].as_array().unwrap();
    let named: Vec<(&Value, &Value)> = conflicts.iter().map(|c| (&c["start_time"], &c["code"])).collect();
    assert_eq!(named, [(&json!(second), &json!("SLOT_UNAVAILABLE")), (&json!(third), &json!("INVALID_TIME_SLOT"))]);
    assert_eq!(host.history().await.len(), before);
}

#[tokio::test]
async fn a_recurrence_that_breaks_a_rule_is_named() {
    let (_, offer) = offering().await;
    for (field, recurrence) in [
        ("recurrence.count", json!({"frequency": "weekly", "interval": 1, "count": 1})),
        ("recurrence.count", json!({"frequency": "weekly", "interval": 1, "count": 65_535})),
        ("recurrence.interval", json!({"frequency": "daily", "interval": 0, "count": 2})),
        ("recurrence.frequency", json!({"frequency": "hourly", "interval": 1, "count": 2})),
        ("recurrence.until", json!({"frequency": "daily", "interval": 1, "count": 2, "until": "2027-01-01"})),
        ("recurrence.count", json!({"frequency": "daily", "interval": 1})),
    ] {
        let mut body = booking(&offer.id, &at(tuesday(), "14:00"));
        body["recurrence"] = recurrence;
        let problem = offer.http.post("/api/bookings", &body).await.problem(400, "VALIDATION_ERROR");
        assert!(problem["details"][field].is_array(), "{field}: {problem}");
    }
}
