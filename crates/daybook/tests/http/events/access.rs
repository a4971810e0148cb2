//! Who sees which events, and what of them (A2, E9).

use serde_json::{Value, json};

use super::{shared_admin, with_key};
use crate::shared;
use crate::support::cli::run;
use crate::support::events::{Events, Told};
use crate::support::http::Http;
use crate::support::people::{Booked, Host, booking};
use crate::support::times::{at, tuesday};
use crate::support::until;

/// A booking with everything that is personal, cancelled again; and all that must not be told of it.
async fn talkative_booking(http: &Http, host: &Host) -> Vec<String> {
    let mut asked = booking(&host.offer().await.id, &at(tuesday(), "09:00"));
    asked["notes"] = json!("Peanut allergy");
    asked["guests"] = json!(["charles.babbage@example.org"]);
    let booked = Booked::of(http, &http.post("/api/bookings", &asked).await);
    booked.cancel().json(&json!({"reason": "Toothache"})).await.ok();
    let email = asked["invitee_email"].as_str().unwrap().to_owned();
    ["Lovelace", "Peanut", "babbage", "Toothache"].map(str::to_owned).into_iter().chain([email, booked.token]).collect()
}

/// The next events of one calendar.
async fn of_host(events: &mut Events, host: &Host, count: usize) -> Vec<Told> {
    let source = format!("/calendars/{}", host.id);
    let mut told = Vec::new();
    while told.len() < count {
        let event = events.next().await;
        if event.data["source"] == source {
            told.push(event);
        }
    }
    told
}

#[tokio::test]
async fn a_host_sees_the_events_of_their_own_calendar_as_history_does_and_no_others() {
    let http = shared().await.one.http();
    let (host, neighbour) = (Host::register(&http).await, Host::register(&http).await);
    talkative_booking(&http, &neighbour).await;
    talkative_booking(&http, &host).await;
    talkative_booking(&http, &neighbour).await;
    host.http.patch("/api/users/me", &json!({"time_zone": "Europe/Berlin"})).await.ok();

    let history = host.history().await;
    let mut events = Events::open(&host.http, "?from=start").await;
    for expected in history {
        let told = events.next().await;
        assert_eq!(told.id, expected["position"]);
        assert_eq!(told.event, format!("daybook.{}.v1", expected["type"].as_str().unwrap()));
        let mut data = expected["data"].clone();
        for member in ["version", "actor", "correlation_id"] {
            data[member] = expected[member].clone();
        }
        data["causation_id"] = Value::Null;
        assert_eq!(told.data["data"], data);
        assert_eq!(told.data["specversion"], "1.0");
        assert_eq!(told.data["sequence"], expected["position"]);
        assert_eq!(told.data["type"], told.event.as_str());
        assert_eq!(told.data["source"], format!("/calendars/{}", host.id));
        assert_eq!(told.data.get("subject"), data.get("booking_id"));
    }
}

#[tokio::test]
async fn an_admin_sees_everybodys_events_and_an_analytics_key_the_same_without_personal_data() {
    let shared = shared().await;
    let http = shared.one.http();
    let admin = shared_admin().await;
    let (analyst, _) = with_key(&admin, &["analytics"]).await;
    let (both, _) = with_key(&admin, &["calendar", "analytics"]).await;
    let (program, _) = with_key(&admin, &["calendar"]).await;
    let mut all = Events::open(&admin.http, "").await;
    let mut programs = Events::open(&program, "").await;
    let mut without = Events::open(&analyst, "").await;
    let mut without_too = Events::open(&both, "").await;
    for _ in 0..2 {
        let host = &Host::register(&http).await;
        let secrets = talkative_booking(&http, host).await;
        let seen = of_host(&mut all, host, 5).await;
        assert_eq!(of_host(&mut programs, host, 5).await, seen, "the admin's program acts as the admin");
        let analysed = of_host(&mut without, host, 5).await;
        assert_eq!(of_host(&mut without_too, host, 5).await, analysed, "whatever else the key is for");
        assert_eq!(seen[2].data["data"]["guest"]["plain"]["name"], "Ada Lovelace");
        assert_eq!(seen[4].data["data"]["reason"]["plain"], "Toothache");
        for (readable, told) in seen.iter().zip(&analysed) {
            let text = told.data.to_string();
            for secret in secrets.iter().map(String::as_str).chain(["guest:", "sealed", "plain", "erased"]) {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
            let mut expected = readable.data.clone();
            for personal in ["guest", "reason"] {
                expected["data"].as_object_mut().unwrap().remove(personal);
            }
            assert_eq!(told.data, expected);
            assert_eq!((&told.id, &told.event), (&readable.id, &readable.event));
        }
    }
}

#[tokio::test]
async fn who_was_erased_reads_as_erased() {
    let shared = shared().await;
    let http = shared.one.http();
    let host = Host::register(&http).await;
    talkative_booking(&http, &host).await;
    let history = host.history().await;
    let subject = history[2]["data"]["guest"]["subject"].as_str().unwrap();
    let email = history[2]["data"]["guest"]["plain"]["email"].as_str().unwrap();
    let database_url = shared.deployment.database.app_url();
    let environment =
        [("DATABASE_URL", database_url.as_str()), ("DAYBOOK_MASTER_KEY", shared.deployment.master_key.as_str())];
    run(&["user", "erase", "--guest", email], &environment).await.well();

    // Nodes that remember the key hear of it within a moment.
    until("nobody reads it any more", async || {
        let mut events = Events::open(&host.http, "?from=start").await;
        events.take(5).await[2].data["data"]["guest"] == json!({"erased": subject})
    })
    .await;
    let mut events = Events::open(&host.http, "?from=start").await;
    let told = events.take(5).await;
    assert_eq!(told[2].data["data"]["guest"], json!({"erased": subject}));
    assert_eq!(told[4].data["data"]["reason"], json!({"erased": subject}));
}

#[tokio::test]
async fn nobody_listens_without_credentials() {
    let http = shared().await.one.http();
    http.get("/api/events/stream").await.problem(401, "UNAUTHENTICATED");
    http.with_session(&"A".repeat(43)).get("/api/events/stream").await.problem(401, "UNAUTHENTICATED");
    http.with_api_key("dbk_nonsense").get("/api/events/stream").await.problem(401, "UNAUTHENTICATED");
}
