//! The calendar as it was at any moment, and why a time could be booked then or could not (E7, E8).

use serde_json::{Value, json};

use crate::shared;
use crate::support::people::{Booked, Host, Offer};
use crate::support::times::{at, instant, later, now, tuesday, written};

/// A host who took a booking, moved it, closed a day, called the booking off; and what happened.
struct Life {
    host: Host,
    offer: Offer,
    booked: Booked,
    history: Vec<Value>,
}

async fn life() -> Life {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let booked = offer.book(&at(tuesday(), "09:00")).await;
    booked.reschedule(&at(tuesday(), "10:00")).await.ok();
    let closed = later(tuesday(), 1);
    host.http.put(&format!("/api/availability/overrides/{closed}"), &json!({"windows": []})).await.ok();
    booked.cancel().json(&json!({"reason": "Toothache"})).await.ok();
    let history = host.history().await;
    Life { host, offer, booked, history }
}

impl Life {
    fn version(&self, event_type: &str) -> u64 {
        let event = self.history.iter().find(|event| event["type"] == event_type).unwrap();
        event["version"].as_u64().unwrap()
    }

    fn event(&self, event_type: &str) -> &Value {
        self.history.iter().find(|event| event["type"] == event_type).unwrap()
    }

    async fn calendar(&self, query: &str) -> Value {
        self.host.http.get(&format!("/api/calendar?{query}")).await.ok()
    }

    async fn explain(&self, start: &str, as_of: Option<&str>) -> Value {
        let mut path = format!("/api/availability/explain?meeting_type_id={}&start_time={start}", self.offer.id);
        path.extend(as_of.map(|as_of| format!("&as_of={as_of}")));
        self.host.http.get(&path).await.ok()
    }
}

#[tokio::test]
async fn the_calendar_is_shown_as_it_was_at_every_version() {
    let life = life().await;
    let newest = life.history.len() as u64;
    assert_eq!(life.calendar("").await["version"], newest);
    let opened = life.calendar("version=1").await;
    assert_eq!((&opened["meeting_types"], &opened["bookings"]), (&json!([]), &json!([])));
    assert_eq!(opened["schedules"][0]["rules"].as_array().unwrap().len(), 5);

    let booked = life.calendar(&format!("version={}", life.version("BookingConfirmed"))).await;
    let booking = &booked["bookings"][0];
    assert_eq!(booking["id"], json!(life.booked.id));
    assert_eq!(booking["status"], "confirmed");
    assert_eq!((&booking["start_time"], &booking["version"]), (&json!(at(tuesday(), "09:00")), &json!(1)));
    assert_eq!((&booking["rescheduled_from"], &booking["cancellation_reason"]), (&Value::Null, &Value::Null));
    assert_eq!(booking["invitee_name"], "Ada Lovelace");

    let moved = life.calendar(&format!("version={}", life.version("BookingRescheduled"))).await;
    assert_eq!(moved["bookings"][0]["start_time"], json!(at(tuesday(), "10:00")));
    assert_eq!(moved["schedules"][0]["overrides"], json!({}));
    let closed = life.calendar(&format!("version={}", life.version("DateOverrideSet"))).await;
    assert_eq!(closed["schedules"][0]["overrides"], json!({later(tuesday(), 1).to_string(): []}));
    let now = life.calendar(&format!("version={newest}")).await;
    assert_eq!((&now["bookings"][0]["status"], &now["bookings"][0]["version"]), (&json!("cancelled"), &json!(3)));
    assert_eq!(now["bookings"][0]["cancellation_reason"], "Toothache");
}

#[tokio::test]
async fn an_instant_is_the_version_that_was_recorded_by_then() {
    let life = life().await;
    for event in &life.history {
        let calendar = life.calendar(&format!("as_of={}", event["recorded_at"].as_str().unwrap())).await;
        // Events of one command are recorded at one moment.
        let last = life.history.iter().rfind(|other| other["recorded_at"] == event["recorded_at"]).unwrap();
        assert_eq!(calendar["version"], last["version"]);
    }
}

#[tokio::test]
async fn moments_that_never_were_are_refused() {
    let life = life().await;
    let http = &life.host.http;
    let (before, soon) = (written(now() - chrono::Duration::days(1)), written(now() + chrono::Duration::days(1)));
    for (query, field) in [
        (format!("as_of={before}"), "as_of"),
        (format!("as_of={soon}"), "as_of"),
        ("as_of=yesterday".to_owned(), "as_of"),
        ("version=0".to_owned(), "version"),
        ("version=99".to_owned(), "version"),
        ("version=-1".to_owned(), "version"),
        (format!("version=1&as_of={before}"), "version"),
        ("limit=0".to_owned(), "limit"),
        ("cursor=x".to_owned(), "cursor"),
        ("when=now".to_owned(), "when"),
    ] {
        http.get(&format!("/api/calendar?{query}")).await.invalid(field);
    }
    let path = format!("/api/availability/explain?meeting_type_id={}", life.offer.id);
    for (query, field) in [
        (format!("start_time={soon}&as_of={before}"), "as_of"),
        (format!("start_time={soon}&as_of={soon}"), "as_of"),
        ("start_time=soon".to_owned(), "start_time"),
        (String::new(), "start_time"),
    ] {
        http.get(&format!("{path}&{query}")).await.invalid(field);
    }
}

#[tokio::test]
async fn bookings_of_a_calendar_come_in_pages() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    for time in ["09:00", "10:00", "11:00"] {
        offer.book(&at(tuesday(), time)).await;
    }
    let first = host.http.get("/api/calendar?limit=2").await.ok();
    assert_eq!(first["bookings"].as_array().unwrap().len(), 2);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = host.http.get(&format!("/api/calendar?limit=2&cursor={cursor}")).await.ok();
    assert_eq!(second["bookings"][0]["start_time"], json!(at(tuesday(), "11:00")));
    assert_eq!((second["bookings"].as_array().unwrap().len(), &second["next_cursor"]), (1, &Value::Null));
}

#[tokio::test]
async fn history_can_be_narrowed_down() {
    let life = life().await;
    let of = async |query: &str| {
        let page = life.host.http.get(&format!("/api/calendar/history?{query}")).await.ok();
        let items = page["items"].as_array().unwrap().clone();
        items.into_iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let of_booking = of(&format!("booking_id={}", life.booked.id)).await;
    assert_eq!(of_booking, ["BookingRequested", "BookingConfirmed", "BookingRescheduled", "BookingCancelled"]);
    assert_eq!(of("actor=guest").await, of_booking);
    assert_eq!(of(&format!("actor=host:{}&type=DateOverrideSet", life.host.id)).await, ["DateOverrideSet"]);
    let moved = life.event("BookingRescheduled")["recorded_at"].as_str().unwrap();
    assert_eq!(of(&format!("from={moved}")).await, ["BookingRescheduled", "DateOverrideSet", "BookingCancelled"]);
    assert_eq!(of(&format!("from={moved}&to={moved}")).await, [""; 0]);
    life.host.http.get("/api/calendar/history?actor=%00").await.invalid("actor");
    life.host.http.get("/api/calendar/history?booking_id=7").await.invalid("booking_id");
    life.host.http.get("/api/calendar/history?from=yesterday").await.invalid("from");
}

#[tokio::test]
async fn every_reason_names_the_event_that_brought_it_about() {
    let life = life().await;
    let nine = at(tuesday(), "09:00");
    let open = life.explain(&nine, None).await;
    assert_eq!(open["available"], true, "{open}");
    assert_eq!(open["reasons"][0]["event_type"], "CalendarOpened", "{open}");

    let then = life.event("BookingConfirmed")["recorded_at"].as_str().unwrap();
    let taken = life.explain(&nine, Some(then)).await;
    assert_eq!(taken["available"], false);
    let reason = &taken["reasons"][0];
    assert_eq!((&reason["code"], &reason["cause"]), (&json!("booked"), &json!({"booking": life.booked.id})));
    let event = life.event("BookingRequested");
    assert_eq!((&reason["event_position"], &reason["event_version"]), (&event["position"], &event["version"]));
    assert_eq!(reason["event_recorded_at"], event["recorded_at"]);

    let closed = at(later(tuesday(), 1), "09:00");
    let shut = life.explain(&closed, None).await;
    assert_eq!(shut["reasons"][0]["event_position"], life.event("DateOverrideSet")["position"], "{shut}");
    let before = life.explain(&closed, Some(then)).await;
    assert_eq!(before["available"], true, "as of then the weekly rule was valid: {before}");
    assert_eq!(before["reasons"][0]["event_type"], "CalendarOpened");

    let night = life.explain(&at(tuesday(), "03:00"), None).await;
    assert_eq!((&night["available"], &night["reasons"][0]["code"]), (&json!(false), &json!("outside_hours")));
    let over = life.explain(&written(now() - chrono::Duration::hours(1)), None).await;
    let codes: Vec<&str> = over["reasons"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"in_the_past"), "{over}");
}

#[tokio::test]
async fn what_is_explained_is_what_is_offered() {
    let life = life().await;
    let offered = life.offer.slots(tuesday()).await;
    for hour in 8..18 {
        for minute in ["00", "15", "30"] {
            let start = at(tuesday(), &format!("{hour:02}:{minute}"));
            let explained = life.explain(&start, None).await;
            assert_eq!(explained["available"], offered.contains(&start), "{start}: {explained}");
            assert!(!explained["reasons"].as_array().unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn it_is_the_host_s_to_know() {
    let life = life().await;
    let other = Host::register(&life.host.http.anonymous()).await;
    let path =
        format!("/api/availability/explain?meeting_type_id={}&start_time={}", life.offer.id, at(tuesday(), "09:00"));
    other.http.get(&path).await.problem(404, "NOT_FOUND");
    life.host.http.anonymous().get(&path).await.problem(401, "UNAUTHENTICATED");
    let added = life.event("MeetingTypeAdded")["recorded_at"].as_str().unwrap();
    let just_before = written(instant(&json!(added)) - chrono::Duration::microseconds(1));
    life.host.http.get(&format!("{path}&as_of={just_before}")).await.problem(404, "NOT_FOUND");
}
