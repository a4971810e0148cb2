//! `/calendar/history`: what has happened to one's calendar, for its host (E6, E7).

use serde_json::{Value, json};
use uuid::Uuid;

use crate::shared;
use crate::support::people::{Host, booking};
use crate::support::times::{at, instant, tuesday};

#[tokio::test]
async fn every_event_tells_what_happened_when_and_on_whose_behalf() {
    let shared = shared().await;
    let http = shared.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let request = Uuid::now_v7().to_string();
    let mut asked = booking(&offer.id, &at(tuesday(), "09:00"));
    asked["notes"] = json!("A note");
    let booked = http.post("/api/bookings", &asked).header("x-request-id", &request).await.created();

    let history = host.history().await;
    let kinds: Vec<&str> = history.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["CalendarOpened", "MeetingTypeAdded", "BookingRequested", "BookingConfirmed"]);
    let event = &history[2];
    let data = &event["data"];
    let expected = json!({
        "version": 3, "position": event["position"], "type": "BookingRequested", "recorded_at": event["recorded_at"],
        "actor": "guest", "correlation_id": request,
        "data": {
            "booking_id": booked["booking"]["id"], "session_id": booked["booking"]["id"], "meeting_type_id": offer.id,
            "start": at(tuesday(), "09:00"), "end": at(tuesday(), "09:30"), "buffer_before_minutes": 0,
            "buffer_after_minutes": 0,
            "guest": {
                "plain": {"name": "Ada Lovelace", "email": asked["invitee_email"], "notes": "A note"},
                "subject": data["guest"]["subject"],
            },
            "guest_time_zone": "Europe/London", "requested_at": booked["booking"]["created_at"],
        },
    });
    assert_eq!(event, &expected);
    instant(&event["recorded_at"]);
    for (index, event) in history.iter().enumerate() {
        assert_eq!(event["version"], index + 1);
        let (transaction, position) = event["position"].as_str().unwrap().split_once('-').unwrap();
        assert!(transaction.parse::<u64>().is_ok() && position.parse::<u64>().is_ok(), "{event}");
    }
    assert_eq!(history[1]["actor"], format!("host:{}", host.id));
}

#[tokio::test]
async fn history_can_be_read_from_a_version_on_and_by_type() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    for time in ["09:00", "10:00"] {
        offer.book(&at(tuesday(), time)).await;
    }
    let all = host.history().await;
    let read = async |query: &str| {
        host.http.get(&format!("/api/calendar/history?{query}")).await.ok()["items"].as_array().unwrap().clone()
    };
    assert_eq!(read("after_version=4").await, all[4..]);
    assert_eq!(read(&format!("after_version={}", all.len())).await, Vec::<Value>::new());
    let confirmed = read("type=BookingConfirmed").await;
    assert_eq!(confirmed, [all[3].clone(), all[5].clone()]);
    assert_eq!(read("type=BookingConfirmed&after_version=4").await, [all[5].clone()]);
    let first = host.http.get("/api/calendar/history?type=BookingConfirmed&limit=1").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(read(&format!("type=BookingConfirmed&limit=1&cursor={cursor}")).await, [all[5].clone()]);
}

#[tokio::test]
async fn what_guests_said_of_themselves_is_sealed_in_the_database() {
    let shared = shared().await;
    let http = shared.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let mut asked = booking(&offer.id, &at(tuesday(), "09:00"));
    asked["notes"] = json!("Peanut allergy");
    asked["guests"] = json!(["charles.babbage@example.org"]);
    let booked = crate::support::people::Booked::of(&http, &http.post("/api/bookings", &asked).await);
    booked.cancel().json(&json!({"reason": "Toothache"})).await.ok();

    let log = shared.deployment.log();
    let query = "SELECT payload::text || metadata::text FROM events WHERE aggregate_id = $1
                 UNION ALL SELECT state::text FROM snapshots WHERE aggregate_id = $1";
    let stored: Vec<String> = sqlx::query_scalar(query).bind(&host.id).fetch_all(&log.0).await.unwrap();
    assert!(stored.len() >= 5 && stored.iter().any(|text| text.contains("sealed")), "{stored:?}");
    for secret in
        ["Lovelace", "Peanut", "babbage", "Toothache", asked["invitee_email"].as_str().unwrap(), booked.token.as_str()]
    {
        assert!(!stored.iter().any(|text| text.contains(secret)), "{secret} is in the log");
    }
}
