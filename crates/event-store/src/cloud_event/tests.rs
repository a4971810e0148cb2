use crate::{Place, RecordedEvent};
use chrono::DateTime;
use serde_json::{Value, json, value::RawValue};

use super::*;

const HOST: &str = "01923456-789a-7bcd-8123-456789abcdef";
const BOOKING: &str = "0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

fn event(event_type: &str, payload: &str) -> RecordedEvent {
    RecordedEvent {
        id: "0199a1b2-0000-7000-8000-000000000001".parse().unwrap(),
        host: HOST.parse().unwrap(),
        version: 7,
        place: Place { transaction_id: 901, position: 42 },
        event_type: event_type.to_owned(),
        event_version: "1".to_owned(),
        recorded_at: DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap(),
        payload: raw(payload),
        metadata: raw(
            r#"{"actor":"guest","correlation_id":"c-\"1","idempotency_key":"secret","idempotency_body":"secret"}"#,
        ),
    }
}

fn requested() -> RecordedEvent {
    event(
        "BookingRequested",
        &format!(
            r#"{{"type":"BookingRequested","booking_id":"{BOOKING}","start":"2026-11-20T14:00:00Z","guest":{{"sealed":"c2VhbGVk","subject":"guest:0123"}},"guest_time_zone":"Europe/Berlin"}}"#
        ),
    )
}

fn parsed(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap()
}

#[test]
fn a_published_event_is_the_cloud_event_that_was_promised() {
    assert_eq!(
        parsed(&encode(&requested()).unwrap()),
        json!({
            "specversion": "1.0",
            "id": "0199a1b2-0000-7000-8000-000000000001",
            "source": format!("/calendars/{HOST}"),
            "type": "daybook.BookingRequested.v1",
            "subject": BOOKING,
            "time": "2026-09-21T14:13:20.123456Z",
            "datacontenttype": "application/json",
            "sequence": "901-42",
            "data": {
                "version": 7,
                "actor": "guest",
                "causation_id": null,
                "correlation_id": "c-\"1",
                "booking_id": BOOKING,
                "start": "2026-11-20T14:00:00Z",
                "guest": { "sealed": "c2VhbGVk", "subject": "guest:0123" },
                "guest_time_zone": "Europe/Berlin",
            },
        })
    );
}

#[test]
fn an_event_about_no_booking_has_no_subject() {
    let json = parsed(&encode(&event("ScheduleRemoved", r#"{"type":"ScheduleRemoved","schedule_id":"x"}"#)).unwrap());
    assert_eq!(json.get("subject"), None);
    assert_eq!(json["data"]["schedule_id"], "x");
}

#[test]
fn a_published_event_reads_back_as_it_was_recorded() {
    for original in [requested(), event("Closed", r#"{"type":"Closed"}"#)] {
        let read = decode(&encode(&original).unwrap()).unwrap();
        assert_eq!(read.payload.get(), original.payload.get());
        assert_eq!(
            (read.id, read.host, read.version, read.place, read.recorded_at),
            (original.id, original.host, original.version, original.place, original.recorded_at)
        );
        assert_eq!(
            (read.event_type, read.event_version),
            (original.event_type.clone(), original.event_version.clone())
        );
        let mut metadata = original.metadata();
        metadata.idempotency = None;
        assert_eq!(serde_json::from_str::<crate::Metadata>(read.metadata.get()).unwrap(), metadata);
    }
}

#[test]
fn the_idempotency_hashes_are_not_published() {
    for json in [encode(&requested()).unwrap(), encode_for_analytics(&requested()).unwrap()] {
        assert!(!String::from_utf8(json).unwrap().contains("secret"));
    }
}

#[test]
fn events_of_another_writer_are_published_too() {
    let mut foreign = event("Noted", r#"{ "b": 1, "type": "Noted", "a": [true] }"#);
    foreign.metadata = raw("{}");
    let json = encode(&foreign).unwrap();
    assert_eq!(
        parsed(&json)["data"],
        json!({"version": 7, "actor": null, "causation_id": null, "correlation_id": null, "a": [true], "b": 1})
    );
    let read = decode(&json).unwrap();
    assert_eq!(parsed(read.payload.get().as_bytes()), json!({"type": "Noted", "a": [true], "b": 1}));
}

#[test]
fn members_in_another_order_are_read_too() {
    let json = json!({
        "id": "0199a1b2-0000-7000-8000-000000000001", "source": format!("/calendars/{HOST}"), "sequence": "901-42",
        "type": "daybook.Noted.v12", "time": "2026-11-20T14:00:00Z",
        "data": {"note": 1, "correlation_id": null, "version": 3, "actor": "x", "causation_id": null, "a": 2},
    });
    let read = decode(json.to_string().as_bytes()).unwrap();
    assert_eq!((read.event_type.as_str(), read.event_version.as_str(), read.version), ("Noted", "12", 3));
    assert_eq!(parsed(read.payload.get().as_bytes()), json!({"type": "Noted", "note": 1, "a": 2}));
}

#[test]
fn what_is_not_an_event_is_refused() {
    let good = parsed(&encode(&requested()).unwrap());
    for (member, value) in [
        ("source", json!("/users/1")),
        ("type", json!("com.example.Thing.v1")),
        ("type", json!("daybook.Thing")),
        ("type", json!("daybook..v1")),
        // It would become a member of the payload.
        ("type", json!(r#"daybook.A","secret":"x.v1"#)),
        ("data", json!({"version": 1, "type": "Other"})),
        ("data", json!({"version": 1, "type": null})),
        ("sequence", json!("42")),
        ("data", json!([])),
        ("id", json!(1)),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        assert!(decode(bad.to_string().as_bytes()).is_err(), "{member}");
    }
}

#[test]
fn analytics_see_no_personal_data_wherever_it_stands() {
    let payload = r#"{"type":"Met","booking_id":"b","guest":{"sealed":"aa","subject":"guest:1"},
        "deep":{"list":[{"sealed":"bb","subject":"guest:2"},{"kept":1,"name":{"s\u0065aled":"cc","subject":"guest:3"}}]},
        "gone":{"erased":"guest:4"},"bare":{"plain":"Ada","subject":"guest:5"},"note":"sealed","plain":true}"#;
    let json = parsed(&encode_for_analytics(&event("Met", payload)).unwrap());
    assert_eq!(
        json["data"],
        json!({
            "version": 7, "actor": "guest", "causation_id": null, "correlation_id": "c-\"1",
            "booking_id": "b", "deep": {"list": [{"kept": 1}]}, "note": "sealed", "plain": true,
        })
    );
    assert_eq!(json["subject"], "b");
}

#[test]
fn an_event_in_the_hands_of_its_host_is_readable() {
    let mut recorded = requested();
    recorded.event_version = "0".to_owned();
    let mut opened = json!({
        "type": "BookingRequested", "booking_id": BOOKING, "session_id": BOOKING,
        "meeting_type_id": HOST, "start": "2026-11-20T14:00:00Z", "end": "2026-11-20T14:30:00Z",
        "buffer_before_minutes": 0, "buffer_after_minutes": 0,
        "guest": {"plain": {"name": "Ada", "email": "ada@example.org"}, "subject": "guest:0123"},
        "guest_time_zone": "Europe/Berlin", "requested_at": "2026-11-01T09:00:00Z",
    });
    let event = serde_json::from_value(opened.clone()).unwrap();
    let cloud_event = CloudEvent::opened(&recorded, &event).unwrap();
    let json = parsed(&cloud_event.to_json().unwrap());
    assert_eq!(json["type"], "daybook.BookingRequested.v1", "of today's form, whatever it was written in");
    assert_eq!(json["data"]["guest"]["plain"]["name"], "Ada");
    assert_eq!((&json["data"]["version"], &json["subject"]), (&json!(7), &json!(BOOKING)));
    opened.as_object_mut().unwrap().remove("type");
    assert_eq!(parsed(cloud_event.fields().as_bytes()), opened);
}
