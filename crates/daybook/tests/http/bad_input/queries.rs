//! Bad query strings.

use super::{Table, Victim};
use crate::support::http::Http;
use crate::support::times::{later, tuesday};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn add(table: &mut Table, http: &Http, victim: &Victim) {
    let id = &victim.offer.id;
    let mut ask = |http: &Http, path: &str, field: &str| table.call(format!("GET {path}"), http.get(path), field);
    let (day, next) = (tuesday(), later(tuesday(), 1));
    let range = |parameters: &str| format!("/api/availability?{parameters}");
    for (parameters, field) in [
        (format!("start_date={day}&end_date={next}"), "meeting_type_id"),
        (format!("meeting_type_id=intro&start_date={day}&end_date={next}"), "meeting_type_id"),
        (format!("meeting_type_id={id}%00&start_date={day}&end_date={next}"), "meeting_type_id"),
        (format!("meeting_type_id={id}&end_date={next}"), "start_date"),
        (format!("meeting_type_id={id}&start_date={day}"), "end_date"),
        (format!("meeting_type_id={id}&start_date=2027-02-30&end_date={next}"), "start_date"),
        (format!("meeting_type_id={id}&start_date={day}&end_date=2027-13-01"), "end_date"),
        (format!("meeting_type_id={id}&start_date={day}T09:00:00Z&end_date={next}"), "start_date"),
        (format!("meeting_type_id={id}&start_date=&end_date={next}"), "start_date"),
        (format!("meeting_type_id={id}&start_date={next}&end_date={day}"), "end_date"),
        (format!("meeting_type_id={id}&start_date={day}&end_date={}", later(day, 62)), "end_date"),
        (format!("meeting_type_id={id}&start_date={day}&end_date=2199-01-01"), "end_date"),
        (format!("meeting_type_id={id}&start_date=1066-10-14&end_date=1066-10-14"), "start_date"),
        (format!("meeting_type_id={id}&start_date=9999-12-31&end_date=9999-12-31"), "start_date"),
        (format!("meeting_type_id={id}&start_date=-4713-01-01&end_date={next}"), "start_date"),
        (format!("meeting_type_id={id}&start_date=%2B262142-12-31&end_date=%2B262142-12-31"), "start_date"),
        (format!("meeting_type_id={id}&start_date={day}&end_date={next}&timezone=Mars/Olympus"), "timezone"),
        (format!("meeting_type_id={id}&start_date={day}&end_date={next}&timezone="), "timezone"),
        (
            format!("meeting_type_id={id}&start_date={day}&end_date={next}&timezone=%2e%2e/%2e%2e/etc/passwd"),
            "timezone",
        ),
        (format!("meeting_type_id={id}&start_date={day}&end_date={next}&timezone=UTC%00"), "timezone"),
        (format!("meeting_type_id={id}&start_date={day}&end_date={next}&timezone=%ff"), "timezone"),
        (format!("meeting_type_id={id}&start_date={day}&end_date={next}&host=me"), "host"),
        (format!("meeting_type_id={id}&start_date={day}&start_date={day}&end_date={next}"), "start_date"),
    ] {
        ask(http, &range(&parameters), field);
    }
    for (parameters, field) in [
        (format!("meeting_type_id={id}"), "date"),
        (format!("date={day}"), "meeting_type_id"),
        (format!("meeting_type_id={id}&date=2027-02-30"), "date"),
        (format!("meeting_type_id={id}&date=1066-10-14"), "date"),
        (format!("meeting_type_id={id}&date=9999-12-31"), "date"),
        (format!("meeting_type_id={id}&date={day}&timezone=Mars/Olympus"), "timezone"),
        (format!("meeting_type_id={id}&date={day}&time=1"), "time"),
    ] {
        ask(http, &format!("/api/availability/slots?{parameters}"), field);
    }
    for start in [
        "",
        "tomorrow",
        "2027-01-12",
        "2027-02-30T09:00:00Z",
        "2027-01-12T09:00:00",
        "1800000000",
        "2027-01-12T09:00:00Z%00",
    ] {
        ask(http, &format!("/api/availability/check?meeting_type_id={id}&start_time={start}"), "start_time");
    }
    ask(http, &format!("/api/availability/check?meeting_type_id={id}"), "start_time");
    let host = &victim.host.http;
    for path in ["/api/bookings".to_owned(), format!("/api/users/{}/bookings", victim.host.id)] {
        for (parameters, field) in [
            ("status=gone", "status"),
            ("status=", "status"),
            ("from=yesterday", "from"),
            ("to=2027-02-30T00:00:00Z", "to"),
            ("from=-5000-01-01T00:00:00Z", "from"),
            ("to=%2B10000-01-01T00:00:00Z", "to"),
            ("meeting_type_id=intro", "meeting_type_id"),
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=-1", "limit"),
            ("limit=99999999999999999999", "limit"),
            ("limit=ten", "limit"),
            ("cursor=nonsense", "cursor"),
            ("cursor=-8000000000000000000_00000000000000000000000000000000", "cursor"),
            ("cursor=%00", "cursor"),
            ("cursor=", "cursor"),
            ("q=%00", "q"),
            ("order=asc", "order"),
        ] {
            ask(host, &format!("{path}?{parameters}"), field);
        }
        ask(host, &format!("{path}?q={}", "x".repeat(101)), "q");
        ask(host, &format!("{path}?cursor={}", "9".repeat(5_000)), "cursor");
    }
    for (parameters, field) in [
        ("after_version=-1", "after_version"),
        ("after_version=first", "after_version"),
        ("after_version=99999999999999999999", "after_version"),
        ("type=Nothing", "type"),
        ("type=", "type"),
        ("cursor=x", "cursor"),
        ("limit=0", "limit"),
        ("host=me", "host"),
        ("from=-5000-01-01T00:00:00Z", "from"),
        ("to=-5000-01-01T00:00:00Z", "to"),
    ] {
        ask(host, &format!("/api/calendar/history?{parameters}"), field);
    }
    ask(host, "/api/calendar?as_of=-5000-01-01T00:00:00Z", "as_of");
    let explain = format!("/api/availability/explain?meeting_type_id={id}&start_time={day}T09:00:00Z");
    ask(host, &format!("{explain}&as_of=-5000-01-01T00:00:00Z"), "as_of");
    for path in ["/api/meeting-types", "/api/schedules", "/api/availability/overrides", "/api/api-keys"] {
        for (parameters, field) in
            [("limit=0", "limit"), ("limit=1.5", "limit"), ("cursor=%F0%9F%92%A9", "cursor"), ("page=2", "page")]
        {
            ask(host, &format!("{path}?{parameters}"), field);
        }
    }
    ask(host, "/api/users/somebody/bookings", "id");
}
