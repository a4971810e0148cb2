//! Sessions that several guests share (S9, V4).

use serde_json::{Value, json};

use super::ask::offered;

/// A session of three seats at 10:10, off the grid of full hours, with so many guests and other fields.
fn session(guests: u16, other: &Value) -> Value {
    let mut case = json!({
        "seats": 3,
        "bookings": [{
            "start": "2027-01-12T10:10:00Z", "end": "2027-01-12T11:00:00Z", "same_event_type": true, "seats_taken": guests,
        }],
    });
    for (name, value) in other.as_object().expect("an object") {
        case[name] = value.clone();
    }
    case
}

#[test]
fn a_session_with_a_free_seat_is_joined_at_its_own_start_off_the_grid() {
    assert_eq!(offered(&session(2, &json!({}))), ["09:00", "10:10", "11:00"]);
}

#[test]
fn a_full_session_blocks_like_any_booking() {
    assert_eq!(offered(&session(3, &json!({}))), ["09:00", "11:00"]);
}

#[test]
fn guests_written_down_one_by_one_share_the_session() {
    let guest = json!({ "start": "2027-01-12T10:00:00Z", "end": "2027-01-12T11:00:00Z", "same_event_type": true });
    let guests = |number| json!({ "seats": 3, "bookings": vec![guest.clone(); number] });
    assert_eq!(offered(&guests(2)), ["09:00", "10:00", "11:00"]);
    assert_eq!(offered(&guests(3)), ["09:00", "11:00"]);
}

#[test]
fn a_booking_of_another_type_cannot_be_joined() {
    let other = json!([{ "start": "2027-01-12T10:00:00Z", "end": "2027-01-12T11:00:00Z", "same_event_type": false, "seats_taken": 1 }]);
    assert_eq!(offered(&session(1, &json!({ "bookings": other }))), ["09:00", "11:00"]);
    let ordinary = json!([{ "start": "2027-01-12T10:00:00Z", "end": "2027-01-12T11:00:00Z" }]);
    assert_eq!(offered(&session(1, &json!({ "bookings": ordinary }))), ["09:00", "11:00"]);
}

#[test]
fn a_session_counts_once_and_a_limit_refuses_nobody_a_free_seat() {
    assert_eq!(offered(&session(2, &json!({ "limits": { "per_day": 2 } }))), ["09:00", "10:10", "11:00"]);
    assert_eq!(offered(&session(2, &json!({ "limits": { "per_day": 1 } }))), ["10:10"]);
    assert_eq!(offered(&session(3, &json!({ "limits": { "per_day": 1 } }))), [""; 0]);
}

#[test]
fn notice_and_booking_window_hold_for_a_session_too() {
    assert_eq!(offered(&session(2, &json!({ "now": "2027-01-12T10:10:00Z" }))), ["10:10", "11:00"]);
    assert_eq!(offered(&session(2, &json!({ "now": "2027-01-12T10:10:00.001Z" }))), ["11:00"]);
    let window = json!({ "booking_window": { "type": "fixed", "from": "2027-01-13", "to": "2027-01-14" } });
    assert_eq!(offered(&session(2, &window)), [""; 0]);
}

#[test]
fn a_session_cannot_be_joined_while_the_host_is_busy_or_out_of_hours() {
    let busy = json!({ "busy": [{ "start": "2027-01-12T10:50:00Z", "end": "2027-01-12T10:55:00Z" }] });
    assert_eq!(offered(&session(2, &busy)), ["09:00", "11:00"]);
    let early = json!({ "overrides": { "2027-01-12": [["09:00", "10:30"]] } });
    assert_eq!(offered(&session(2, &early)), ["09:00"]);
    let another = json!({ "start": "2027-01-12T11:00:00Z", "end": "2027-01-12T11:30:00Z", "buffer_before": 5 });
    let mut beside = session(2, &json!({}));
    beside["bookings"].as_array_mut().expect("a list").push(another);
    assert_eq!(offered(&beside), ["09:00"]);
}

#[test]
fn with_buffers_within_hours_a_session_at_the_edge_cannot_be_joined() {
    let at_the_edge = |within| {
        offered(&json!({
            "seats": 2, "buffer_before": 15, "buffers_within_hours": within,
            "bookings": [{ "start": "2027-01-12T09:00:00Z", "end": "2027-01-12T10:00:00Z", "same_event_type": true }],
        }))
    };
    assert_eq!(at_the_edge(false), ["09:00", "11:00"]);
    assert_eq!(at_the_edge(true), ["11:00"]);
}

#[test]
fn hosts_who_meet_together_have_room_if_each_of_them_has() {
    let host = |name: &str, guests: u16| session(guests, &json!({ "host": name }));
    let together = |a, b| offered(&json!({ "type": "collective", "hosts": [host("a", a), host("b", b)], "seats": 3 }));
    assert_eq!(together(1, 2), ["09:00", "10:10", "11:00"]);
    assert_eq!(together(1, 3), ["09:00", "11:00"]);
    assert_eq!(together(3, 1), ["09:00", "11:00"]);
}
