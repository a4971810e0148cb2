//! Bad bookings, moves and cancellations.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Table, Victim, bad_lines, bad_texts};
use crate::support::http::Http;
use crate::support::people::booking;
use crate::support::times::{at, tuesday};

pub(super) fn add(table: &mut Table, http: &Http, victim: &Victim) {
    new_ones(table, http, victim);
    changes(table, http, victim);
}

/// Instants that are none.
fn bad_instants() -> Vec<Value> {
    let mut bad: Vec<_> = [
        "",
        "tomorrow",
        "2027-01-12",
        "2027-01-12T09:00:00",
        "2027-02-30T09:00:00Z",
        "2027-01-12T25:00:00Z",
        "2027-01-12T09:60:00Z",
        "2027-01-12 09:00",
        "12/01/2027 09:00",
        "2027-01-12T09:00:00Z\u{0}",
        "2027-01-12T09:00:00Zjunk",
    ]
    .map(|text| json!(text))
    .into();
    bad.extend([
        json!(1_800_000_000),
        json!(1e300),
        json!(null),
        json!(["2027-01-12T09:00:00Z"]),
        json!({}),
        json!(true),
    ]);
    bad
}

/// Instants at which nothing can be booked: too long ago, too far ahead, or within a second.
fn impossible_times() -> Vec<String> {
    let fraction = at(tuesday(), "10:00").replace('Z', ".5Z");
    let far = [
        "2020-01-07T09:00:00Z",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59Z",
        "2200-01-07T09:00:00Z",
    ];
    let farther =
        ["+262142-01-01T00:00:00Z", "-262143-01-01T00:00:00Z", "+10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z"];
    let leap_second = at(tuesday(), "10:59").replace(":00Z", ":60Z");
    far.iter().chain(&farther).map(|text| (*text).to_owned()).chain([fraction, leap_second]).collect()
}

fn new_ones(table: &mut Table, http: &Http, victim: &Victim) {
    let to = || (Method::POST, "/api/bookings");
    let good = booking(&victim.offer.id, &at(tuesday(), "10:00"));
    table.values(
        http,
        &to(),
        &good,
        "meeting_type_id",
        [json!(""), json!("intro"), json!(7), json!(null), json!(format!("{}0", victim.offer.id))],
    );
    table.values(http, &to(), &good, "start_time", bad_instants());
    table.values(http, &to(), &good, "invitee_name", bad_lines(120));
    let emails = [
        "nobody",
        "a@b",
        "a@example.org, b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "\"a\"@example.org",
        "a@example..org",
    ];
    table.values(http, &to(), &good, "invitee_email", bad_lines(254).into_iter().chain(emails.map(|text| json!(text))));
    let zones = [
        json!(""),
        json!("Mars/Olympus"),
        json!("../../etc/passwd"),
        json!("UTC\u{0}"),
        json!(1),
        json!(null),
        json!("Z".repeat(10_000)),
    ];
    table.values(http, &to(), &good, "invitee_timezone", zones);
    table.values(http, &to(), &good, "notes", bad_texts(2_000));
    table.values(
        http,
        &to(),
        &good,
        "guests",
        [json!("a@example.org"), json!({}), json!(7), json!(vec!["a@example.org"; 11])],
    );
    for (field, guests) in [
        ("guests[0]", json!(["nobody"])),
        ("guests[1]", json!(["a@example.org", 7])),
        ("guests[0]", json!(["a@example.org\nx"])),
    ] {
        let mut body = good.clone();
        body["guests"] = guests.clone();
        table.call(format!("guests {guests}"), http.post("/api/bookings", &body), field);
    }
    for unknown in ["version", "status", "host_id", "manage_token", "x".repeat(1_000).as_str()] {
        let mut body = good.clone();
        body[unknown] = json!("x");
        table.call(
            format!("an unknown field {}", &unknown[..unknown.len().min(20)]),
            http.post("/api/bookings", &body),
            unknown,
        );
    }
    table.missing(
        http,
        &to(),
        &good,
        &["meeting_type_id", "start_time", "invitee_name", "invitee_email", "invitee_timezone"],
    );
    for start in impossible_times() {
        let mut body = good.clone();
        body["start_time"] = json!(start);
        table.refused(format!("a booking at {start}"), http.post("/api/bookings", &body), 422, "INVALID_TIME_SLOT");
    }
}

fn changes(table: &mut Table, http: &Http, victim: &Victim) {
    let path = victim.booked.path();
    let reschedule = format!("{path}/reschedule");
    let guest =
        |method: Method, path: &str, body: &Value| http.call(method, path).token(&victim.booked.token).json(body);
    let good = json!({"start_time": at(tuesday(), "10:00")});
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for bad in bad_instants() {
        table.call(format!("a move to {bad}"), guest(Method::PUT, &reschedule, &with("start_time", bad)), "start_time");
    }
    for start in impossible_times() {
        table.refused(
            format!("a move to {start}"),
            guest(Method::PUT, &reschedule, &with("start_time", json!(start))),
            422,
            "INVALID_TIME_SLOT",
        );
    }
    table.call("a move to nowhere", guest(Method::PUT, &reschedule, &json!({})), "start_time");
    for (method, path) in [(Method::PUT, reschedule.as_str()), (Method::DELETE, path.as_str())] {
        let base = if method == Method::PUT { good.clone() } else { json!({}) };
        let mut add = |field: &str, value: Value| {
            let mut body = base.clone();
            body[field] = value.clone();
            let what: String = format!("{method} a booking: {field} = {value}").chars().take(160).collect();
            table.call(what, guest(method.clone(), path, &body), field);
        };
        for bad in bad_texts(2_000) {
            add("reason", bad);
        }
        for bad in [json!(-1), json!("1"), json!(1.5), json!(4_294_967_296_u64), json!(1e300), json!([1]), json!(true)]
        {
            add("version", bad);
        }
        add("refund", json!(true));
        for tag in ["\"x\"", "1.5", "\"-1\"", "\"99999999999\"", "\"1\", \"2\""] {
            let call = guest(method.clone(), path, &base).header("if-match", tag);
            table.call(format!("{method} with If-Match: {tag}"), call, "If-Match");
        }
    }
    for (method, path) in [
        (Method::GET, "/api/bookings/mine"),
        (Method::DELETE, "/api/bookings/mine"),
        (Method::PUT, "/api/bookings/mine/reschedule"),
        (Method::GET, "/api/bookings/00000000-0000-0000-0000-00000000000g/calendar.ics"),
    ] {
        let call = victim.host.http.call(method.clone(), path).json(&good);
        table.call(format!("{method} {path}"), call, "id");
    }
    table.call("a key that is none", guest(Method::DELETE, &path, &json!({})).key(&"k".repeat(256)), "Idempotency-Key");
}
