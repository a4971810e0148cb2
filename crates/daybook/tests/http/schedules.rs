//! Hours: `/availability/rules`, `/schedules`, `/availability/overrides` (V1, V2).

use serde_json::{Value, json};

use crate::shared;
use crate::support::people::{Host, Offer};
use crate::support::times::{at, later, tuesday};

fn rule(day: u8, start: &str, end: &str) -> Value {
    json!({"day_of_week": day, "start_time": start, "end_time": end, "is_active": true})
}

async fn host_with_hour_long_meetings() -> (Host, Offer) {
    let host = Host::register(&shared().await.one.http()).await;
    let offer = host.offer_with(&json!({"duration_minutes": 60, "slot_interval_minutes": 60})).await;
    (host, offer)
}

#[tokio::test]
async fn a_new_host_has_office_hours() {
    let host = Host::register(&shared().await.one.http()).await;
    let rules: Vec<Value> = (1..=5).map(|day| rule(day, "09:00", "17:00")).collect();
    assert_eq!(host.http.get("/api/availability/rules").await.ok(), json!({"rules": rules}));
    let schedules = host.http.get("/api/schedules").await.ok();
    let only = &schedules["items"][0];
    let expected = json!({"id": only["id"], "name": only["name"], "is_default": true, "rules": rules, "overrides": {}});
    assert_eq!(schedules, json!({"items": [expected], "next_cursor": null}));
}

#[tokio::test]
async fn the_week_is_replaced_as_a_whole_and_added_to_by_one() {
    let (host, offer) = host_with_hour_long_meetings().await;
    let day = tuesday();
    let mornings = json!({"rules": [rule(2, "08:00", "10:00")]});
    assert_eq!(host.http.put("/api/availability/rules", &mornings).await.ok(), mornings);
    assert_eq!(offer.slots(day).await, [at(day, "08:00"), at(day, "09:00")]);
    assert!(offer.slots(later(day, 1)).await.is_empty());

    let evening = rule(2, "22:00", "24:00");
    let both = json!({"rules": [rule(2, "08:00", "10:00"), evening]});
    assert_eq!(host.http.post("/api/availability/rules", &evening).await.created(), both);
    assert_eq!(host.http.get("/api/availability/rules").await.ok(), both);
    assert_eq!(offer.slots(day).await, [at(day, "08:00"), at(day, "09:00"), at(day, "22:00"), at(day, "23:00")]);

    let off = json!({"rules": [{"day_of_week": 2, "start_time": "08:00", "end_time": "10:00", "is_active": false}]});
    host.http.put("/api/availability/rules", &off).await.ok();
    assert!(offer.slots(day).await.is_empty());
    let unsaid = json!({"rules": [{"day_of_week": 2, "start_time": "08:00", "end_time": "09:00"}]});
    assert_eq!(host.http.put("/api/availability/rules", &unsaid).await.ok()["rules"][0]["is_active"], true);
}

#[tokio::test]
async fn a_date_can_have_its_own_hours_or_be_closed() {
    let (host, offer) = host_with_hour_long_meetings().await;
    let day = tuesday();
    let path = format!("/api/availability/overrides/{day}");
    let windows = json!({"windows": [{"start_time": "06:00", "end_time": "07:00"}, {"start_time": "20:00", "end_time": "21:00"}]});
    let set = host.http.put(&path, &windows).await.ok();
    assert_eq!(set, json!({"date": day, "windows": windows["windows"]}));
    assert_eq!(offer.slots(day).await, [at(day, "06:00"), at(day, "20:00")]);

    let next = later(day, 1);
    host.http.put(&format!("/api/availability/overrides/{next}"), &json!({"windows": []})).await.ok();
    assert!(offer.slots(next).await.is_empty());
    let listed = host.http.get("/api/availability/overrides").await.ok();
    assert_eq!(listed, json!({"items": [set, {"date": next, "windows": []}], "next_cursor": null}));

    host.http.delete(&path).await.nothing();
    assert_eq!(offer.slots(day).await.len(), 8);
    host.http.delete(&path).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_meeting_type_can_use_a_schedule_of_its_own() {
    let (host, _) = host_with_hour_long_meetings().await;
    let day = tuesday();
    let said = json!({
        "name": "Evenings", "is_default": false, "rules": [rule(2, "18:00", "20:00")],
        "overrides": {later(day, 7).to_string(): [{"start_time": "12:00", "end_time": "13:00"}]},
    });
    let schedule = host.http.post("/api/schedules", &said).await.created();
    let mut expected = said.clone();
    expected["id"] = schedule["id"].clone();
    assert_eq!(schedule, expected);
    let path = format!("/api/schedules/{}", schedule["id"].as_str().unwrap());
    assert_eq!(host.http.get(&path).await.ok(), expected);

    let terms = json!({"duration_minutes": 60, "slot_interval_minutes": 60, "schedule_id": schedule["id"]});
    let offer = host.offer_with(&terms).await;
    assert_eq!(offer.slots(day).await, [at(day, "18:00"), at(day, "19:00")]);
    assert_eq!(offer.slots(later(day, 7)).await, [at(later(day, 7), "12:00")]);

    host.http.delete(&path).await.invalid("id");
    let replaced = host.http.put(&path, &json!({"name": "Noon", "rules": [rule(2, "12:00", "13:00")]})).await.ok();
    assert_eq!(replaced["overrides"], json!({}), "what is left out takes its default");
    assert_eq!(offer.slots(day).await, [at(day, "12:00")]);
    host.http.delete(&format!("/api/meeting-types/{}", offer.id)).await.nothing();
    host.http.delete(&path).await.nothing();
    host.http.get(&path).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn there_is_always_one_default_schedule() {
    let (host, offer) = host_with_hour_long_meetings().await;
    let day = tuesday();
    let first = host.http.get("/api/schedules").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    host.http.delete(&format!("/api/schedules/{first}")).await.invalid("id");

    let body = json!({"name": "Short", "is_default": true, "rules": [rule(2, "12:00", "13:00")]});
    let second = host.http.post("/api/schedules", &body).await.created();
    assert_eq!(offer.slots(day).await, [at(day, "12:00")]);
    let listed = host.http.get("/api/schedules").await.ok();
    let defaults: Vec<&Value> =
        listed["items"].as_array().unwrap().iter().filter(|s| s["is_default"] == true).collect();
    assert_eq!(defaults, [&second]);
    assert_eq!(host.http.get("/api/availability/rules").await.ok()["rules"], second["rules"]);
    host.http.delete(&format!("/api/schedules/{first}")).await.nothing();
}
