//! Small questions in the case format.

use daybook_domain::slots::cases::{Case, read};
use serde_json::{Value, json};

/// A host in UTC who works every day from 9 to 12, asked on 20 November 2026 for 12 January 2027, with some fields changed.
pub(crate) fn case(changes: &Value) -> Value {
    let mut case = json!({
        "id": "example", "host_tz": "UTC", "weekly": every_day(&json!([["09:00", "12:00"]])), "overrides": {}, "bookings": [],
        "busy": [], "duration": 60, "slot_interval": 60, "now": "2026-11-20T00:00:00Z",
        "range": { "from": "2027-01-12T00:00:00Z", "to": "2027-01-13T00:00:00Z" },
    });
    lay_over(&mut case, changes);
    case
}

pub(crate) fn every_day(windows: &Value) -> Value {
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].into_iter().map(|day| (day.to_owned(), windows.clone())).collect()
}

fn lay_over(case: &mut Value, changes: &Value) {
    for (name, value) in changes.as_object().expect("an object") {
        case[name] = value.clone();
    }
}

/// The starts offered: times on 12 January 2027 as `HH:MM`, others in full.
pub(crate) fn offered(changes: &Value) -> Vec<String> {
    starts(&read(&case(changes).to_string()).expect("a good case")[0])
}

pub(crate) fn starts(case: &Case) -> Vec<String> {
    let text = |start: daybook_domain::time::Instant| {
        let text = start.format("%Y-%m-%dT%H:%M").to_string();
        text.strip_prefix("2027-01-12T").map(str::to_owned).unwrap_or(text)
    };
    case.answer().iter().map(|choice| text(choice.start)).collect()
}
