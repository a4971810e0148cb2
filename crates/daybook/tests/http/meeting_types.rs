//! Meeting types: `/meeting-types`, `/{username}/{slug}` (B1, V3).

use serde_json::{Value, json};

use crate::shared;
use crate::support::people::{Host, meeting_type, unique};
use crate::support::times::{at, tuesday};

/// What a meeting type looks like of which only name, slug and duration were said.
fn plain(host: &Host, id: &Value, slug: &str) -> Value {
    json!({
        "id": id, "host_id": host.id, "name": "Intro call", "slug": slug, "description": null, "duration_minutes": 45,
        "buffer_before_minutes": 0, "buffer_after_minutes": 0, "buffers_within_hours": true, "slot_interval_minutes": 15,
        "minimum_notice_minutes": 0, "booking_window": {"type": "rolling_days", "days": 60}, "max_bookings_per_day": null,
        "max_bookings_per_week": null, "max_minutes_per_day": null, "color": null, "is_active": true, "kind": "one_on_one",
        "capacity": 1, "visibility": "public", "location": null, "schedule_id": null, "confirmation_redirect_url": null,
        "requires_confirmation": false, "hold_minutes": 1440, "cancellation_notice_minutes": 0,
        "reschedule_notice_minutes": 0, "questions": [], "team_id": null, "strategy": null,
    })
}

#[tokio::test]
async fn what_is_not_said_takes_its_default() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let created =
        host.http.post("/api/meeting-types", &json!({"name": "Intro call", "duration_minutes": 45})).await.created();
    assert_eq!(created, plain(&host, &created["id"], "intro-call"));
}

#[tokio::test]
async fn everything_that_is_said_is_kept_and_a_put_replaces_all_of_it() {
    let shared = shared().await;
    let http = shared.one.http();
    let host = Host::register(&http).await;
    let schedule = host.http.post("/api/schedules", &json!({"name": "Evenings"})).await.created();
    let said = json!({
        "name": "Déjà vu ☕", "slug": "deja-vu", "description": "Two\nlines", "duration_minutes": 480,
        "buffer_before_minutes": 240, "buffer_after_minutes": 5, "buffers_within_hours": false, "slot_interval_minutes": 20,
        "minimum_notice_minutes": 1440, "booking_window": {"type": "fixed", "from_date": "2027-01-01", "to_date": "2027-12-31"},
        "max_bookings_per_day": 100, "max_bookings_per_week": 7, "max_minutes_per_day": 600, "color": "#2f6f4f",
        "is_active": false, "kind": "one_on_one", "capacity": 1, "visibility": "unlisted",
        "location": {"type": "link", "url": "https://meet.example.org/x"}, "schedule_id": schedule["id"],
        "confirmation_redirect_url": "https://example.org/thanks", "requires_confirmation": true, "hold_minutes": 60,
        "cancellation_notice_minutes": 120, "reschedule_notice_minutes": 43_200,
        "questions": [
            {"id": "why", "label": "Why do you want to meet?", "type": "textarea", "required": true},
            {"id": "size", "label": "How large?", "type": "select", "required": false, "options": ["S", "M", "L"]},
        ],
    });
    let created = host.http.post("/api/meeting-types", &said).await.created();
    let mut expected = said.clone();
    expected["id"] = created["id"].clone();
    expected["host_id"] = json!(host.id);
    (expected["team_id"], expected["strategy"]) = (Value::Null, Value::Null);
    assert_eq!(created, expected);

    let path = format!("/api/meeting-types/{}", created["id"].as_str().unwrap());
    for node in [&shared.one, &shared.other] {
        assert_eq!(node.http().get(&path).await.ok(), expected, "by id it is public");
    }
    assert_eq!(host.http.get("/api/meeting-types").await.ok(), json!({"items": [expected], "next_cursor": null}));

    let replaced =
        host.http.put(&path, &json!({"name": "Intro call", "slug": "short", "duration_minutes": 45})).await.ok();
    assert_eq!(replaced, plain(&host, &created["id"], "short"));
    assert_eq!(http.get(&path).await.ok(), replaced);
}

#[tokio::test]
async fn every_kind_of_place_is_kept() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    for location in [
        json!({"type": "in_person", "address": "1 High Street"}),
        json!({"type": "phone", "number": "+44 20 7946 0000"}),
        json!({"type": "phone"}),
        json!({"type": "google_meet"}),
        json!({"type": "teams"}),
        json!({"type": "custom", "text": "By the fountain"}),
    ] {
        let created =
            host.http.post("/api/meeting-types", &meeting_type(&json!({"location": location}))).await.created();
        assert_eq!(created["location"], location);
    }
}

#[tokio::test]
async fn the_booking_page_shows_the_meeting_and_its_host() {
    let http = shared().await.one.http();
    let host = Host::register_in(&http, "Europe/Lisbon").await;
    let slug = unique("page");
    let offer = host.offer_with(&json!({"slug": slug, "visibility": "unlisted"})).await;
    let mut expected = http.get(&format!("/api/meeting-types/{}", offer.id)).await.ok();
    expected["host"] =
        json!({"id": host.id, "name": "Hanna Host", "username": host.username, "time_zone": "Europe/Lisbon"});
    assert_eq!(http.get(&format!("/api/{}/{slug}", host.username)).await.ok(), expected);
    http.get(&format!("/api/{}/{}", host.username, unique("none"))).await.problem(404, "NOT_FOUND");
    http.get(&format!("/api/{}/{slug}", unique("nobody"))).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_slug_is_unique_for_its_host_only() {
    let http = shared().await.one.http();
    let (host, other) = (Host::register(&http).await, Host::register(&http).await);
    let body = meeting_type(&json!({"slug": "same"}));
    let first = host.http.post("/api/meeting-types", &body).await.created();
    host.http.post("/api/meeting-types", &body).await.problem(409, "SLUG_TAKEN");
    other.http.post("/api/meeting-types", &body).await.created();
    let second = host.offer().await;
    host.http.put(&format!("/api/meeting-types/{}", second.id), &body).await.problem(409, "SLUG_TAKEN");
    host.http.put(&format!("/api/meeting-types/{}", first["id"].as_str().unwrap()), &body).await.ok();
}

#[tokio::test]
async fn one_that_is_switched_off_offers_nothing() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let start = at(tuesday(), "09:00");
    assert!(offer.offers(&start).await);
    let off = meeting_type(&json!({"is_active": false}));
    host.http.put(&format!("/api/meeting-types/{}", offer.id), &off).await.ok();
    assert!(offer.slots(tuesday()).await.is_empty());
    assert_eq!(offer.check(&start).await, json!({"available": false, "alternative_slots": []}));
    offer.request(&start).await.problem(422, "MEETING_TYPE_INACTIVE");
    offer.request(&at(tuesday(), "09:07")).await.problem(422, "MEETING_TYPE_INACTIVE");
}

#[tokio::test]
async fn one_that_is_deleted_leaves_its_bookings_behind() {
    let shared = shared().await;
    let http = shared.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let booked = offer.book(&at(tuesday(), "09:00")).await;
    let path = format!("/api/meeting-types/{}", offer.id);
    host.http.delete(&path).await.nothing();

    host.http.delete(&path).await.problem(404, "NOT_FOUND");
    http.get(&path).await.problem(404, "NOT_FOUND");
    offer.request(&at(tuesday(), "10:00")).await.problem(404, "NOT_FOUND");
    assert_eq!(booked.show().await["booking"]["status"], "confirmed");
    let again = host.offer().await;
    assert!(!again.offers(&at(tuesday(), "09:00")).await, "the time is still held");
    booked.cancel().await.ok();
    assert!(again.offers(&at(tuesday(), "09:00")).await);
}
