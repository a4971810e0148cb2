//! Bad meeting types.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Table, Victim, bad_lines, bad_numbers, bad_texts};
use crate::support::people::meeting_type;

pub(super) fn add(table: &mut Table, victim: &Victim) {
    let http = &victim.host.http;
    let by_id = format!("/api/meeting-types/{}", victim.offer.id);
    let good = meeting_type(&json!({}));
    for to in [(Method::POST, "/api/meeting-types"), (Method::PUT, by_id.as_str())] {
        for (field, bad) in fields() {
            table.values(http, &to, &good, field, bad);
        }
        table.missing(http, &to, &good, &["name", "duration_minutes"]);
        for (field, value) in parts() {
            let mut body = good.clone();
            body[field.split(['.', '[']).next().unwrap()] = value.clone();
            let what: String = format!("{} a meeting type with {value}", to.0).chars().take(160).collect();
            table.call(what, http.call(to.0.clone(), to.1).json(&body), field);
        }
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let call = http.call(method.clone(), "/api/meeting-types/intro").json(&good);
        table.call(format!("{method} a meeting type that is no id"), call, "id");
    }
}

fn fields() -> Vec<(&'static str, Vec<Value>)> {
    let rolling = |days: Value| json!({"type": "rolling_days", "days": days});
    let fixed = |from: &str, to: &str| json!({"type": "fixed", "from_date": from, "to_date": to});
    vec![
        ("name", bad_lines(120)),
        (
            "slug",
            [bad_lines(64), ["Upper", "a b", "-a", "a-", "a/b", "ä", "a_b"].map(|text| json!(text)).into()].concat(),
        ),
        ("description", bad_texts(2_000)),
        ("duration_minutes", bad_numbers(5, 480)),
        ("buffer_before_minutes", bad_numbers(0, 240)),
        ("buffer_after_minutes", bad_numbers(0, 240)),
        ("buffers_within_hours", vec![json!("true"), json!(1), json!(null)]),
        ("slot_interval_minutes", bad_numbers(1, 480)),
        ("minimum_notice_minutes", bad_numbers(0, 525_600)),
        ("max_bookings_per_day", bad_numbers(1, 100)),
        ("max_bookings_per_week", bad_numbers(1, 700)),
        ("max_minutes_per_day", bad_numbers(1, 1_440)),
        ("capacity", vec![json!(0), json!(2), json!(-1), json!("1"), json!(1.5)]),
        ("color", ["red", "#fff", "#12345g", "2f6f4f", "#2f6f4f;", "#2f6f4f\u{0}"].map(|text| json!(text)).into()),
        ("is_active", vec![json!("yes"), json!(1), json!(null)]),
        ("kind", vec![json!("round_robin"), json!("collective"), json!("OneOnOne"), json!(1), json!(null)]),
        ("strategy", vec![json!("priority"), json!("fairest"), json!(1)]),
        ("visibility", vec![json!("secret"), json!(true), json!(null)]),
        ("schedule_id", vec![json!("default"), json!(7), json!(Uuid::now_v7())]),
        (
            "confirmation_redirect_url",
            ["javascript:alert(1)", "/thanks", "ftp://example.org", "https://", "https://a b", "http://e.org/\u{0}"]
                .map(|text| json!(text))
                .into(),
        ),
        ("requires_confirmation", vec![json!(1), json!("no"), json!(null)]),
        ("hold_minutes", bad_numbers(5, 20_160)),
        ("cancellation_notice_minutes", bad_numbers(0, 43_200)),
        ("reschedule_notice_minutes", bad_numbers(0, 43_200)),
        ("questions", vec![json!("Why?"), json!(null), json!({}), many_questions()]),
        ("host_id", vec![json!(Uuid::nil())]),
        (
            "booking_window",
            vec![
                rolling(json!(731)),
                fixed("2027-12-31", "2027-01-01"),
                fixed("2027-01-01", "2099-01-01"),
                json!("60"),
                json!(null),
            ],
        ),
    ]
}

/// Values of which a part is bad: the part is named if it is missing or unknown, else the whole.
fn parts() -> Vec<(&'static str, Value)> {
    vec![
        ("booking_window.type", json!({"type": "for_ever"})),
        ("booking_window.type", json!({"days": 60})),
        ("booking_window.days", json!({"type": "rolling_days"})),
        ("booking_window", json!({"type": "rolling_days", "days": -1})),
        ("booking_window", json!({"type": "rolling_days", "days": "60"})),
        ("booking_window", json!({"type": "rolling_days", "days": 1e300})),
        ("booking_window.more", json!({"type": "rolling_days", "days": 60, "more": 1})),
        ("booking_window", json!({"type": "fixed", "from_date": "2027-02-30", "to_date": "2027-03-01"})),
        ("booking_window.to_date", json!({"type": "fixed", "from_date": "2027-01-01"})),
        ("location.type", json!({"type": "moon"})),
        ("location.url", json!({"type": "link"})),
        ("location", json!({"type": "link", "url": "x".repeat(2_001)})),
        ("location", json!({"type": "in_person", "address": "nul\u{0}"})),
        ("location", json!({"type": "phone", "number": "x".repeat(121)})),
        ("location.extension", json!({"type": "phone", "number": "1", "extension": "2"})),
        ("location", json!("by phone")),
        ("questions[0].type", json!([{"id": "a", "label": "Why?", "type": "colour"}])),
        ("questions[0].id", json!([{"id": "A b", "label": "Why?", "type": "text"}])),
        ("questions[0].label", json!([{"id": "a", "label": "", "type": "text"}])),
        ("questions[0].hint", json!([{"id": "a", "label": "Why?", "type": "text", "hint": "x"}])),
        ("questions.a", json!([{"id": "a", "label": "Why?", "type": "radio"}])),
        ("questions.a", json!([{"id": "a", "label": "Why?", "type": "text", "options": ["x"]}])),
    ]
}

fn many_questions() -> Value {
    (0..31).map(|number| json!({"id": format!("q{number}"), "label": "Why?", "type": "text"})).collect()
}
