//! A booking's life: made, seen, moved and called off (B3, B5), by guest and host.

use serde_json::{Value, json};

use crate::shared;
use crate::support::people::{Booked, Host, booking};
use crate::support::reply::Reply;
use crate::support::times::{at, instant, later, tuesday};

#[tokio::test]
async fn booking_answers_with_the_booking_its_surroundings_and_the_means_to_manage_it() {
    let http = shared().await.one.http();
    let host = Host::register_in(&http, "UTC").await;
    let offer = host.offer().await;
    let day = tuesday();
    let mut asked = booking(&offer.id, &at(day, "09:00"));
    asked["notes"] = json!("First line\nsecond line");
    asked["guests"] = json!(["charles@example.org", "mary@example.org"]);
    let reply = http.post("/api/bookings", &asked).await;
    let answer = reply.created();
    let (id, token) = (answer["booking"]["id"].as_str().unwrap(), answer["manage_token"].as_str().unwrap());
    let expected = json!({
        "booking": {
            "id": id, "meeting_type_id": offer.id, "host_id": host.id, "invitee_name": "Ada Lovelace",
            "invitee_email": asked["invitee_email"], "invitee_timezone": "Europe/London",
            "guests": ["charles@example.org", "mary@example.org"], "start_time": at(day, "09:00"),
            "end_time": at(day, "09:30"), "status": "confirmed", "hold_until": null, "cancellation_reason": null,
            "notes": "First line\nsecond line", "answers": [], "rescheduled_from": null, "session_id": id,
            "series_id": null, "team_id": null, "hosts": [], "no_show": false, "version": 1, "created_at": answer["booking"]["created_at"],
            "updated_at": answer["booking"]["created_at"],
        },
        "host_name": "Hanna Host", "host_time_zone": "UTC", "meeting_type_name": "Intro call", "manage_token": token,
        "links": answer["links"],
    });
    assert_eq!(answer, expected);
    instant(&answer["booking"]["created_at"]);
    assert!(token.len() >= 22, "at least 128 bits: {token}");
    assert_eq!(reply.header("idempotency-replayed"), None);
    assert_eq!(reply.header("cache-control"), Some("no-store"), "the answer carries a token");

    let shown = http.get(&format!("/api/bookings/{id}")).token(token).await;
    assert_eq!(shown.ok(), answer, "the guest sees later what they were told");
}

#[tokio::test]
async fn the_links_lead_to_the_booking_and_into_calendars() {
    let http = shared().await.one.http();
    let offer = Host::register(&http).await.offer().await;
    let day = tuesday();
    let booked = offer.book(&at(day, "09:00")).await;
    let links = &booked.answer["links"];
    let base = http.base().as_str();
    let mut names: Vec<&String> = links.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["google", "ics", "manage", "outlook", "yahoo"]);
    // In the fragment, which browsers keep to themselves.
    assert_eq!(links["manage"], format!("{base}bookings/{}#token={}", booked.id, booked.token));
    let ics = links["ics"].as_str().unwrap();
    assert!(ics.starts_with(&format!("{base}api/bookings/{}/calendar.ics?token=", booked.id)), "{ics}");
    assert!(!ics.contains(&booked.token), "a calendar program may read, not manage: {ics}");
    let compact = |time: &str| at(day, time).replace(['-', ':'], "");
    let (start, end) = (compact("09:00"), compact("09:30"));
    let parameters = |link: &Value| -> Vec<String> {
        let link = url::Url::parse(link.as_str().unwrap()).unwrap();
        link.query_pairs().map(|(_, value)| value.into_owned()).collect()
    };
    assert!(parameters(&links["google"]).contains(&format!("{start}/{end}")), "{links}");
    assert!(parameters(&links["yahoo"]).contains(&start) && parameters(&links["yahoo"]).contains(&end), "{links}");
    assert!(parameters(&links["outlook"]).contains(&at(day, "09:00")), "{links}");
}

#[tokio::test]
async fn a_booking_takes_its_time_moves_and_gives_it_back() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let day = tuesday();
    let (nine, ten) = (at(day, "09:00"), at(day, "10:00"));
    assert!(offer.offers(&nine).await && offer.offers(&ten).await);
    let booked = offer.book(&nine).await;
    assert!(!offer.offers(&nine).await, "the node that took it shows it at once");

    let moved = booked.reschedule(&ten).await;
    let mut expected = booked.answer["booking"].clone();
    let body = moved.ok();
    for (field, value) in [
        ("start_time", json!(ten)),
        ("end_time", json!(at(day, "10:30"))),
        ("rescheduled_from", json!(nine)),
        ("version", json!(2)),
        ("updated_at", body["updated_at"].clone()),
    ] {
        expected[field] = value;
    }
    assert_eq!(body, expected);
    assert!(instant(&body["updated_at"]) > instant(&body["created_at"]));
    assert_eq!(moved.header("etag"), Some("\"2\""));
    assert!(offer.offers(&nine).await && !offer.offers(&ten).await);
    assert_eq!(booked.show().await["booking"], expected);

    let cancelled = booked.cancel().json(&json!({"reason": "The flu\nhas me"})).await.ok();
    for (field, value) in [
        ("status", json!("cancelled")),
        ("cancellation_reason", json!("The flu\nhas me")),
        ("version", json!(3)),
        ("updated_at", cancelled["updated_at"].clone()),
    ] {
        expected[field] = value;
    }
    assert_eq!(cancelled, expected);
    assert!(offer.offers(&ten).await);
    assert_eq!(booked.show().await["booking"], expected);
    offer.book(&ten).await;
}

#[tokio::test]
async fn a_booking_may_move_into_time_that_it_holds_itself() {
    let host = Host::register(&shared().await.one.http()).await;
    let offer = host.offer_with(&json!({"duration_minutes": 60, "slot_interval_minutes": 15})).await;
    let day = tuesday();
    let booked = offer.book(&at(day, "09:00")).await;
    assert_eq!(booked.reschedule(&at(day, "09:15")).await.ok()["start_time"], at(day, "09:15"));
    assert!(offer.request(&at(day, "08:45")).await.status != 201);
    offer.request(&at(day, "10:00")).await.problem(409, "SLOT_UNAVAILABLE");
    offer.book(&at(day, "10:15")).await;
}

#[tokio::test]
async fn the_host_sees_moves_and_cancels_a_booking_and_is_named_as_the_one_who_did() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let day = tuesday();
    let booked = offer.book(&at(day, "09:00")).await;
    assert_eq!(host.http.get(&booked.path()).await.ok(), booked.answer);

    let body = json!({"start_time": at(day, "11:00"), "reason": "A clash", "version": 1});
    host.http.put(&format!("{}/reschedule", booked.path()), &body).await.ok();
    let cancelled = host.http.delete(&booked.path()).json(&json!({"reason": "Ill"})).await.ok();
    assert_eq!((&cancelled["status"], &cancelled["cancellation_reason"]), (&json!("cancelled"), &json!("Ill")));

    let history = host.history().await;
    let happened: Vec<(&str, &str)> = history
        .iter()
        .filter(|event| event["data"]["booking_id"] == booked.id.as_str())
        .map(|event| (event["type"].as_str().unwrap(), event["actor"].as_str().unwrap()))
        .collect();
    let by_host = format!("host:{}", host.id);
    let expected = [
        ("BookingRequested", "guest"),
        ("BookingConfirmed", "guest"),
        ("BookingRescheduled", by_host.as_str()),
        ("BookingCancelled", by_host.as_str()),
    ];
    assert_eq!(happened, expected);
}

#[tokio::test]
async fn the_calendar_file_follows_the_booking() {
    let http = shared().await.one.http();
    let offer = Host::register(&http).await.offer().await;
    let day = tuesday();
    let booked = offer.book(&at(day, "09:00")).await;
    let compact = |time: &str| at(day, time).replace(['-', ':'], "");
    let read = async || {
        let reply = http.get(&format!("{}/calendar.ics", booked.path())).token(&booked.token).await;
        let file = reply.text(200);
        assert_eq!(reply.header("content-type"), Some("text/calendar; charset=utf-8"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert!(file.starts_with("BEGIN:VCALENDAR\r\n") && file.ends_with("END:VCALENDAR\r\n"), "{file}");
        file
    };
    let has = |file: &str, line: &str| assert!(file.lines().any(|found| found == line), "no {line} in {file}");
    let file = read().await;
    has(&file, &format!("UID:{}@daybook", booked.id));
    has(&file, &format!("DTSTART:{}", compact("09:00")));
    has(&file, &format!("DTEND:{}", compact("09:30")));
    has(&file, "SUMMARY:Intro call with Hanna Host");
    has(&file, "STATUS:CONFIRMED");
    has(&file, "SEQUENCE:0");

    booked.reschedule(&at(day, "14:00")).await.ok();
    let file = read().await;
    has(&file, &format!("UID:{}@daybook", booked.id));
    has(&file, &format!("DTSTART:{}", compact("14:00")));
    has(&file, "SEQUENCE:1");
    booked.cancel().await.ok();
    let file = read().await;
    has(&file, "STATUS:CANCELLED");
    has(&file, "SEQUENCE:2");
}

#[tokio::test]
async fn the_same_guest_asking_again_is_told_of_the_booking_they_have_and_of_nothing_else() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let day = tuesday();
    let asked = booking(&offer.id, &at(day, "09:00"));
    let booked = Booked::of(&http, &http.post("/api/bookings", &asked).await);
    let mut other_case = asked.clone();
    other_case["invitee_email"] = json!(asked["invitee_email"].as_str().unwrap().to_uppercase());
    let expected = json!({
        "booking": {
            "id": booked.id, "start_time": at(day, "09:00"), "end_time": at(day, "09:30"), "status": "confirmed",
        },
        "duplicate": true,
    });
    for again in [&asked, &other_case] {
        let reply: Reply = http.post("/api/bookings", again).await;
        assert_eq!(reply.ok(), expected);
        assert!(!String::from_utf8_lossy(&reply.body).contains(&booked.token));
    }
    offer.request(&at(day, "09:00")).await.problem(409, "SLOT_UNAVAILABLE");
    booked.cancel().await.ok();
    let again = Booked::of(&http, &http.post("/api/bookings", &asked).await);
    assert_ne!(again.id, booked.id, "what was cancelled is not held any more");
    assert_eq!(host.history().await.iter().filter(|event| event["type"] == "BookingRequested").count(), 2);
}

#[tokio::test]
async fn a_guest_may_book_as_often_as_they_like_at_other_times() {
    let http = shared().await.one.http();
    let offer = Host::register(&http).await.offer().await;
    let asked = booking(&offer.id, &at(tuesday(), "09:00"));
    let mut other = asked.clone();
    other["start_time"] = json!(at(later(tuesday(), 1), "09:00"));
    http.post("/api/bookings", &asked).await.created();
    http.post("/api/bookings", &other).await.created();
}
