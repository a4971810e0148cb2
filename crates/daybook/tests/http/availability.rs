//! Availability as guests see it: `/availability`, `/availability/slots`, `/availability/check` (V4, V6, V9).

use serde_json::{Value, json};
use uuid::Uuid;

use crate::shared;
use crate::support::people::{Host, Offer};
use crate::support::times::{at, instant, later, tuesday};

async fn hour_long_meeting() -> Offer {
    let host = Host::register(&shared().await.one.http()).await;
    host.offer_with(&json!({"duration_minutes": 60, "slot_interval_minutes": 60})).await
}

fn slot(date: chrono::NaiveDate, hour: u32) -> Value {
    json!({"start_time": at(date, &format!("{hour:02}:00")), "end_time": at(date, &format!("{:02}:00", hour + 1))})
}

#[tokio::test]
async fn a_range_lists_the_times_by_date_and_leaves_empty_dates_out() {
    let offer = hour_long_meeting().await;
    // Friday to Monday, both included.
    let (friday, monday) = (later(tuesday(), 3), later(tuesday(), 6));
    let path = format!("/api/availability?meeting_type_id={}&start_date={friday}&end_date={monday}", offer.id);
    let day = |date| (9..17).map(|hour| slot(date, hour)).collect::<Vec<Value>>();
    let expected = json!({
        "meeting_type_id": offer.id, "time_zone": "UTC",
        "slots": {friday.to_string(): day(friday), monday.to_string(): day(monday)},
    });
    for _ in ["computed", "from the cache"] {
        assert_eq!(offer.http.get(&path).await.ok(), expected);
    }
}

#[tokio::test]
async fn dates_are_those_of_the_guests_clock() {
    let offer = hour_long_meeting().await;
    let day = tuesday();
    // Neither zone knows daylight saving: UTC+14 and UTC-10. The guest's Tuesday begins on the host's first date at 10:00.
    for (zone, first) in [("Pacific/Kiritimati", day - chrono::Days::new(1)), ("Pacific/Honolulu", day)] {
        let path =
            format!("/api/availability?meeting_type_id={}&start_date={day}&end_date={day}&timezone={zone}", offer.id);
        let mut slots: Vec<Value> = (10..17).map(|hour| slot(first, hour)).collect();
        slots.push(slot(later(first, 1), 9));
        let expected = json!({"meeting_type_id": offer.id, "time_zone": zone, "slots": {day.to_string(): slots}});
        assert_eq!(offer.http.get(&path).await.ok(), expected, "{zone}");
    }
}

#[tokio::test]
async fn a_day_shows_the_wall_clock_of_the_zone_that_is_asked_for() {
    let offer = hour_long_meeting().await;
    let day = tuesday();
    let path = format!("/api/availability/slots?meeting_type_id={}&date={day}&timezone=Asia/Kolkata", offer.id);
    let slots: Vec<Value> = (9..17)
        .map(|hour| {
            let mut slot = slot(day, hour);
            slot["start"] = json!(format!("{:02}:30", hour + 5));
            slot["end"] = json!(format!("{:02}:30", hour + 6));
            slot
        })
        .collect();
    assert_eq!(offer.http.get(&path).await.ok(), json!({"date": day, "timezone": "Asia/Kolkata", "slots": slots}));

    let in_the_hosts_zone =
        offer.http.get(&format!("/api/availability/slots?meeting_type_id={}&date={day}", offer.id)).await.ok();
    assert_eq!(
        (&in_the_hosts_zone["timezone"], &in_the_hosts_zone["slots"][0]["start"]),
        (&json!("UTC"), &json!("09:00"))
    );
}

#[tokio::test]
async fn a_check_says_yes_or_names_the_nearest_times() {
    let offer = hour_long_meeting().await;
    let day = tuesday();
    assert_eq!(offer.check(&at(day, "11:00")).await, json!({"available": true, "alternative_slots": []}));
    offer.book(&at(day, "11:00")).await;
    let taken = offer.check(&at(day, "11:00")).await;
    assert_eq!(taken["available"], false);
    assert_nearest(&taken["alternative_slots"], &at(day, "11:00"));
    let mut hours: Vec<&str> = taken["alternative_slots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| &slot["start_time"].as_str().unwrap()[11..13])
        .collect();
    hours.sort_unstable();
    assert_eq!(hours, ["09", "10", "12", "13", "14"]);

    let off_the_grid = offer.check(&at(day, "12:10")).await;
    assert_eq!(
        (&off_the_grid["available"], &off_the_grid["alternative_slots"][0]["start_time"]),
        (&json!(false), &json!(at(day, "12:00")))
    );
    let on_sunday = offer.check(&at(later(day, 5), "12:00")).await;
    assert_eq!((&on_sunday["available"], on_sunday["alternative_slots"].as_array().unwrap().len()), (&json!(false), 5));
}

/// Up to five slots, nearest first.
#[track_caller]
pub(crate) fn assert_nearest(alternatives: &Value, wanted: &str) {
    let wanted = instant(&json!(wanted));
    let distances: Vec<i64> = alternatives
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| {
            assert!(instant(&slot["start_time"]) < instant(&slot["end_time"]), "{slot}");
            (instant(&slot["start_time"]) - wanted).num_seconds().abs()
        })
        .collect();
    assert!((1..=5).contains(&distances.len()), "{alternatives}");
    assert!(distances.is_sorted(), "nearest first: {alternatives}");
    assert!(distances.iter().all(|distance| *distance > 0), "the time itself is no alternative: {alternatives}");
}

#[tokio::test]
async fn what_is_offered_ends_with_the_booking_window_and_begins_after_the_notice() {
    let host = Host::register(&shared().await.one.http()).await;
    let day = tuesday();
    let window = json!({"type": "fixed", "from_date": day, "to_date": day});
    let offer = host.offer_with(&json!({"booking_window": window})).await;
    let range = |from, to| format!("/api/availability?meeting_type_id={}&start_date={from}&end_date={to}", offer.id);
    let slots =
        offer.http.get(&range(later(day, 0) - chrono::Days::new(7), later(day, 50))).await.ok()["slots"].clone();
    assert_eq!(slots.as_object().unwrap().keys().collect::<Vec<_>>(), [&day.to_string()]);

    let long_notice = host.offer_with(&json!({"minimum_notice_minutes": 30 * 24 * 60})).await;
    assert!(long_notice.slots(day).await.is_empty());
    assert!(!long_notice.slots(later(day, 28)).await.is_empty());
}

#[tokio::test]
async fn sixty_two_dates_are_answered_and_no_more() {
    let offer = hour_long_meeting().await;
    let first = tuesday();
    let range = |last| format!("/api/availability?meeting_type_id={}&start_date={first}&end_date={last}", offer.id);
    offer.http.get(&range(later(first, 61))).await.ok();
    offer.http.get(&range(later(first, 62))).await.invalid("end_date");
    offer.http.get(&range(first - chrono::Days::new(1))).await.invalid("end_date");
}

#[tokio::test]
async fn a_meeting_type_that_nobody_offers_is_not_found() {
    let http = shared().await.one.http();
    let (id, day) = (Uuid::now_v7(), tuesday());
    http.get(&format!("/api/availability?meeting_type_id={id}&start_date={day}&end_date={day}"))
        .await
        .problem(404, "NOT_FOUND");
    http.get(&format!("/api/availability/slots?meeting_type_id={id}&date={day}")).await.problem(404, "NOT_FOUND");
    http.get(&format!("/api/availability/check?meeting_type_id={id}&start_time={}", at(day, "09:00")))
        .await
        .problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn buffers_keep_their_distance_and_touching_is_not_overlapping() {
    let host = Host::register(&shared().await.one.http()).await;
    let plain = host.offer().await;
    let buffered = host.offer_with(&json!({"buffer_before_minutes": 30, "buffer_after_minutes": 30})).await;
    let day = tuesday();
    assert_eq!(buffered.slots(day).await.first(), Some(&at(day, "09:30")), "the buffer lies within the hours");
    buffered.book(&at(day, "12:00")).await;
    let plain_left = plain.slots(day).await;
    for (time, free) in [("11:00", true), ("11:30", false), ("12:00", false), ("12:30", false), ("13:00", true)] {
        assert_eq!(plain_left.contains(&at(day, time)), free, "{time}");
    }
    let buffered_left = buffered.slots(day).await;
    for (time, free) in [("10:30", true), ("11:00", false), ("13:00", false), ("13:30", true)] {
        assert_eq!(buffered_left.contains(&at(day, time)), free, "buffers add: {time}");
    }
}
