//! The case format: what `daybook slots` takes, what it refuses and how it says so.

use daybook_domain::slots::cases::read;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::ask::{case, offered, starts};
use super::properties::cases;

fn refusal(changes: &Value) -> String {
    read(&case(changes).to_string()).expect_err("a bad case").to_string()
}

#[test]
fn a_file_is_a_suite_a_list_or_a_single_case() {
    let (one, two) = (case(&json!({ "id": "one" })), case(&json!({ "id": "two" })));
    let ids = |file: Value| read(&file.to_string()).expect("good cases").into_iter().map(|c| c.id).collect::<Vec<_>>();
    assert_eq!(ids(one.clone()), ["one"]);
    assert_eq!(ids(json!([one.clone(), two.clone()])), ["one", "two"]);
    assert_eq!(ids(json!({ "cases": [one.clone(), two.clone()] })), ["one", "two"]);
    assert_eq!(ids(json!({ "meta": {}, "cases": [], "multi_host_cases": [] })), [""; 0]);
    let host = json!({ "host": "a", "host_tz": "UTC" });
    let together = case(&json!({ "id": "three", "type": "collective", "hosts": [host] }));
    assert_eq!(ids(json!({ "cases": [one, two], "multi_host_cases": [together] })), ["one", "two", "three"]);
    let odd = [json!(null), json!(7), json!("")].map(|id| case(&json!({ "id": id })));
    assert_eq!(ids(json!(odd)), ["#1", "7", "#3"]);
}

#[test]
fn windows_and_stretches_may_be_lists_or_objects() {
    let hours =
        json!({ "Tuesday": [{ "start_time": "09:00", "end_time": "10:00" }, { "start": "11:00", "end": "12:00" }] });
    assert_eq!(offered(&json!({ "weekly": hours })), ["09:00", "11:00"]);
    assert_eq!(offered(&json!({ "busy": [["2027-01-12T09:00:00Z", "2027-01-12T11:00:00Z"]] })), ["11:00"]);
    assert_eq!(offered(&json!({ "overrides": { "2027-01-12": null } })), [""; 0]);
}

#[test]
fn a_fixed_booking_window_has_its_dates_under_several_names() {
    for window in [
        json!({ "type": "fixed", "from_date": "2027-01-12", "to_date": "2027-01-12" }),
        json!({ "type": "fixed", "from": "2027-01-12", "to": "2027-01-12" }),
        json!({ "type": "fixed", "start_date": "2027-01-12", "end_date": "2027-01-12" }),
    ] {
        let range = json!({ "from": "2027-01-11T00:00:00Z", "to": "2027-01-14T00:00:00Z" });
        assert_eq!(offered(&json!({ "booking_window": window, "range": range })), ["09:00", "10:00", "11:00"]);
    }
}

#[test]
fn a_range_may_be_empty_but_not_reversed() {
    let range = |to: &str| json!({ "range": { "from": "2027-01-12T00:00:00Z", "to": to } });
    assert_eq!(offered(&range("2027-01-12T00:00:00Z")), [""; 0]);
    assert_eq!(refusal(&range("2027-01-11T23:59:59Z")), "case example: range: must not end before it starts");
    assert_eq!(refusal(&range("2031-01-12T00:00:00Z")), "case example: range: must span at most 1100 days");
}

#[test]
fn hosts_have_in_common_what_they_do_not_say_themselves() {
    let host = |name: &str, zone: &str| json!({ "host": name, "host_tz": zone, "duration": 60 });
    let hosts = json!([host("a", "UTC"), host("b", "Europe/Berlin")]);
    let together =
        case(&json!({ "type": "collective", "hosts": hosts, "common": { "slot_interval": 30, "duration": 30 } }));
    let cases = read(&together.to_string()).expect("a good case");
    assert_eq!(starts(&cases[0]), ["09:00", "09:30", "10:00"]);
}

#[test]
fn fields_without_a_meaning_are_named() {
    let cases = read(&case(&json!({ "buffer_befor": 15, "note": "a note" })).to_string()).expect("a good case");
    assert_eq!(cases[0].unknown_fields, ["buffer_befor"]);
}

#[test]
fn a_bad_case_is_refused_by_id_field_and_rule() {
    for (changes, says) in [
        (json!({ "host_tz": "Mars/Olympus" }), "host_tz: must be a known IANA time zone such as Europe/Berlin"),
        (json!({ "host_tz": null }), "host_tz: must be given"),
        (json!({ "duration": 0 }), "duration: must be a whole number from 1 to 10080"),
        (json!({ "duration": 30.5 }), "duration: must be a whole number from 1 to 10080"),
        (json!({ "duration": "30" }), "duration: must be a whole number from 1 to 10080"),
        (json!({ "slot_interval": 0 }), "slot_interval: must be a whole number from 1 to 10080"),
        (json!({ "buffer_after": -1 }), "buffer_after: must be a whole number from 0 to 10080"),
        (json!({ "seats": 0 }), "seats: must be a whole number from 1 to 10000"),
        (json!({ "now": "yesterday" }), "now: must be an RFC 3339 instant such as 2027-01-12T08:00:00Z"),
        (json!({ "now": "2027-02-30T00:00:00Z" }), "now: must be an RFC 3339 instant such as 2027-01-12T08:00:00Z"),
        (json!({ "weekly": [] }), "weekly: must be an object"),
        (json!({ "weekly": { "noday": [] } }), "weekly: must have the days mon to sun only"),
        (
            json!({ "weekly": { "mon": [["9:00", "10:00"]] } }),
            "weekly.mon[0][0]: must be a time of day as HH:MM, from 00:00 to 24:00",
        ),
        (
            json!({ "weekly": { "mon": [["09:00", "24:01"]] } }),
            "weekly.mon[0][1]: must be a time of day as HH:MM, from 00:00 to 24:00",
        ),
        (json!({ "weekly": { "mon": [["24:00", "02:00"]] } }), "weekly.mon[0][0]: must be before 24:00"),
        (json!({ "weekly": { "mon": [["09:00"]] } }), "weekly.mon[0]: must have two entries"),
        (json!({ "overrides": { "2027-02-30": [] } }), "overrides: must have dates as YYYY-MM-DD only"),
        (json!({ "bookings": [{ "start": "2027-01-12T09:00:00Z" }] }), "bookings[0].end: must be given"),
        (
            json!({ "busy": [{ "start": "2027-01-12T09:00:00Z", "end": "2027-01-12T09:00:00Z" }] }),
            "busy[0]: must end after it starts",
        ),
        (
            json!({ "booking_window": { "type": "sometimes" } }),
            "booking_window: must have the type rolling_days or fixed",
        ),
        (json!({ "booking_window": { "type": "rolling_days" } }), "booking_window.days: must be given"),
        (json!({ "limits": { "per_day": "many" } }), "limits.per_day: must be a whole number from 0 to 65535"),
        (json!({ "reschedule_of": 3 }), "reschedule_of: must be the place of one of the bookings, from 0 on"),
        (json!({ "reschedule_of": "b9" }), "reschedule_of: must be the id or the start of one of the bookings"),
        (
            json!({ "host_tz_changes": [{ "from_date": "2027-01-02", "to_date": "2027-01-01", "tz": "UTC" }] }),
            "host_tz_changes[0]: must end on or after its from_date",
        ),
        (json!({ "buffers_within_hours": "yes" }), "buffers_within_hours: must be true or false"),
        (json!({ "type": "any" }), "type: must be collective or round_robin"),
        (json!({ "hosts": [] }), "type: must be given"),
        (json!({ "type": "collective", "hosts": [] }), "hosts: must name at least one host"),
        (json!({ "expected": "none" }), "expected: must be a list"),
        (json!({ "expected": [], "expected_by_guest_date": {} }), "expected_by_guest_date: must come with guest_tz"),
    ] {
        assert_eq!(refusal(&changes), format!("case example: {says}"));
    }
}

#[test]
fn what_is_no_case_at_all_is_refused() {
    let says = |json: &str| read(json).expect_err("not cases").to_string();
    assert_eq!(says("[1]"), "case #1: the case: must be an object");
    assert_eq!(says("7"), "case #1: the case: must be an object");
    assert_eq!(says(r#"{"cases": 7}"#), "file: cases: must be a list");
    assert!(says("{").starts_with("not JSON: "));
    let twice = json!([case(&json!({})), case(&json!({}))]);
    assert_eq!(says(&twice.to_string()), "case example: id: must be given to one case only");
}

#[test]
fn an_answer_that_differs_is_described() {
    let differences = |changes: &Value| {
        let cases = read(&case(changes).to_string()).expect("a good case");
        cases[0].differences(&cases[0].answer())
    };
    assert_eq!(differences(&json!({})), [""; 0]);
    let expected = ["2027-01-12T09:00:00Z", "2027-01-12T10:00:00+00:00", "2027-01-12T12:00:00+01:00"];
    assert_eq!(differences(&json!({ "expected": expected })), [""; 0]);
    assert_eq!(
        differences(&json!({ "expected": ["2027-01-12T08:00:00Z", "2027-01-12T09:00:00Z"] })),
        [
            "expected, but not offered: 2027-01-12T08:00:00Z",
            "offered, but not expected: 2027-01-12T10:00:00Z, 2027-01-12T11:00:00Z",
        ]
    );
    let by_date = json!({
        "expected": expected, "guest_tz": "Asia/Kolkata",
        "expected_by_guest_date": { "2027-01-12": ["2027-01-12T14:30:00+05:30"] },
    });
    assert_eq!(differences(&by_date).len(), 1);
    let hosts = json!([{ "host": "a", "host_tz": "UTC" }, { "host": "b", "host_tz": "Asia/Tokyo" }]);
    let choice = |hour: u8, hosts: &[&str]| json!({ "start": format!("2027-01-12T{hour:02}:00:00Z"), "hosts": hosts });
    let expected = [
        choice(0, &["b"]),
        choice(1, &["b"]),
        choice(2, &["a"]),
        choice(9, &["a"]),
        choice(10, &["a"]),
        choice(11, &["a"]),
    ];
    assert_eq!(
        differences(&json!({ "type": "round_robin", "hosts": hosts, "expected": expected })),
        ["at 2027-01-12T02:00:00Z free: b; expected: a"]
    );
}

#[test]
fn the_variant_counts_where_buffers_lie_within_hours() {
    let changes = |within| {
        json!({
            "buffer_before": 30, "buffers_within_hours": within, "expected": ["2027-01-12T09:00:00Z"],
            "expected_variants": { "fit=buffers_inside_window": ["2027-01-12T10:00:00Z", "2027-01-12T11:00:00Z"] },
        })
    };
    let agrees = |within| {
        let cases = read(&case(&changes(within)).to_string()).expect("a good case");
        cases[0].differences(&cases[0].answer()).is_empty()
    };
    assert!(agrees(true));
    assert!(!agrees(false));
}

/// Every value inside a JSON value, by its pointer.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(place, item)| (place.to_string(), item)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        _ => Vec::new(),
    };
    let below = below.into_iter().flat_map(|(name, value)| pointers(value, &format!("{at}/{name}")));
    std::iter::once(at.to_owned()).chain(below).collect()
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn junk_in_a_case_is_refused_or_answered_but_never_panics(
        place in any::<Index>(), field in any::<Index>(),
        junk in select(vec![
            json!(null), json!(true), json!(0), json!(-1), json!(1), json!(10_080), json!(u64::MAX), json!(1e300), json!(""),
            json!("24:00"), json!("0001-01-01"), json!("9998-12-30"), json!("0001-01-01T00:00:00Z"),
            json!("9998-12-30T23:59:59.999Z"), json!("9999-12-31T23:59:60Z"), json!("\u{0}"), json!([]), json!({}),
            json!([[]]), json!(["00:00", "24:00"]), json!([["24:00", "00:00"]]),
        ]),
    ) {
        let mut suite: Value = serde_json::from_str(include_str!("../slot_cases.json")).expect("JSON");
        let mut cases = suite["cases"].as_array().expect("a list").clone();
        cases.extend(suite["multi_host_cases"].as_array().expect("a list").iter().cloned());
        suite = cases.swap_remove(place.index(cases.len()));
        let all = pointers(&suite, "");
        *suite.pointer_mut(&all[field.index(all.len())]).expect("it was there") = junk;
        if let Ok(cases) = read(&suite.to_string()) {
            for case in cases {
                let _ = case.differences(&case.answer());
            }
        }
    }
}
