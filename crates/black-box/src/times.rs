//! Days on which tests book: ahead of now, within every default booking window.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, SecondsFormat, Utc, Weekday};

/// The time now.
#[expect(clippy::disallowed_methods, reason = "a black-box test lives in the same time as the program")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A date a week ahead, and never on a weekend: a Tuesday.
pub fn tuesday() -> NaiveDate {
    let in_a_week = now().date_naive() + Days::new(7);
    let day = |ahead| in_a_week + Days::new(ahead);
    (0..7).map(day).find(|date| date.weekday() == Weekday::Tue).unwrap()
}

/// The date so many days later.
pub fn later(date: NaiveDate, days: u64) -> NaiveDate {
    date + Days::new(days)
}

/// The instant of a wall clock time in UTC, as the contract writes it: `2027-01-12T09:00:00Z`.
pub fn at(date: NaiveDate, time: &str) -> String {
    format!("{date}T{time}:00Z")
}

/// An instant as the contract writes it.
pub fn written(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The instant that a text of the contract names. Fails unless it is UTC with `Z`.
#[track_caller]
pub fn instant(text: &serde_json::Value) -> DateTime<Utc> {
    let text = text.as_str().unwrap_or_else(|| panic!("not a text: {text}"));
    assert!(text.ends_with('Z'), "instants are UTC with Z: {text}");
    text.parse().unwrap_or_else(|_| panic!("not an instant: {text}"))
}
