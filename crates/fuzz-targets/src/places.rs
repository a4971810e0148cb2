//! Texts that stand for a place: in the log, in a list, in a calendar.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use daybook_domain::ids::{BookingId, HostId};
use daybook_domain::schedule::{DayOfWeek, LocalTime, WeeklyRule, Window};
use daybook_event_store::Place;
use daybook_projections::bookings::months::Month;
use daybook_projections::bookings::{Cursor, Status};

/// Event positions, cursors, months, statuses, ids.
///
/// Each place has one spelling, so that a text that was altered is another place or none.
pub fn places(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Some(place) = spelled::<Place>(text) {
        assert!(place.position >= 0);
        let json = serde_json::to_string(&place).expect("a place is JSON");
        assert_eq!(serde_json::from_str::<Place>(&json).ok(), Some(place));
    }
    if spelled::<Cursor>(text).is_some() {
        // PostgreSQL, which is asked for what comes behind it, knows no instants before 4713 BC.
        let micros = text.split('_').next().and_then(|micros| micros.parse::<i64>().ok());
        assert!(micros.is_some_and(|micros| micros > -210_866_803_200_000_000), "{text}");
    }
    if let Ok(status) = text.parse::<Status>() {
        assert_eq!(status.as_str(), text);
    }
    if let Some(month) = spelled::<Month>(text) {
        assert!(month.start() < month.end(), "{text}");
        assert_eq!((Month::of(month.start()), Month::of(month.end())), (month, month.later(1)));
        assert!(month.table().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{}", month.table());
    }
    // Ids may be spelled in several ways, and mean the same.
    if let Ok(id) = text.parse::<HostId>() {
        assert_eq!(id.to_string().parse::<HostId>().ok(), Some(id));
        assert_eq!(text.parse::<BookingId>().map(|booking| booking.0).ok(), Some(id.0));
    }
    if let Ok(rule) = serde_json::from_str::<WeeklyRule>(text) {
        assert!(rule.day_of_week.number() < 7 && rule.end_time <= LocalTime::MIDNIGHT_END);
        let json = serde_json::to_string(&rule).expect("a rule is JSON");
        assert_eq!(serde_json::from_str::<WeeklyRule>(&json).ok(), Some(rule));
        let window = rule.window();
        let json = serde_json::to_string(&window).expect("a window is JSON");
        assert_eq!(serde_json::from_str::<Window>(&json).ok(), Some(window));
    }
    if let Ok(day) = serde_json::from_str::<DayOfWeek>(text) {
        assert_eq!(DayOfWeek::from_number(day.number()), Some(day));
    }
}

/// The value, if the text is its spelling.
fn spelled<T: FromStr<Err: Display> + Display + Debug + PartialEq>(text: &str) -> Option<T> {
    match text.parse::<T>() {
        Ok(value) => {
            assert_eq!(value.to_string(), text, "another spelling of the same");
            Some(value)
        }
        Err(refused) => {
            assert!(!refused.to_string().is_empty());
            None
        }
    }
}
