//! Golden files: one for every version of every event ever written. Old ones are never edited.
//!
//! `<Type>.v<version>[.<case>].json` holds an event as it stands in the log, byte for byte.

use std::collections::BTreeMap;
use std::path::PathBuf;

use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::event::CalendarEvent;

use crate::snapshot::FORMAT;
use crate::upcast::read_event;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Every golden event by the name of its file: type, version, JSON.
fn events() -> BTreeMap<String, (String, String, String)> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let events = files.filter_map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let (event_type, rest) = name.strip_suffix(".json")?.split_once(".v")?;
        let version = rest.split('.').next()?;
        let json = std::fs::read_to_string(&path).unwrap().trim_end().to_owned();
        Some((name.clone(), (event_type.to_owned(), version.to_owned(), json)))
    });
    events.collect()
}

#[test]
fn every_event_ever_written_is_still_readable() {
    for (file, (event_type, version, json)) in events() {
        let event = read_event(&event_type, &version, &json).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(event.event_type(), event_type, "{file}");
    }
}

#[test]
fn events_are_written_byte_for_byte_as_before() {
    for (file, (event_type, version, json)) in events() {
        if CalendarEvent::TYPES.contains(&(event_type.as_str(), version.as_str())) {
            let event = read_event(&event_type, &version, &json).unwrap();
            assert_eq!(serde_json::to_string(&event).unwrap(), json, "{file}: a new form needs a new version");
            let tagged: CalendarEvent = serde_json::from_str(&json).unwrap();
            assert_eq!(tagged, event, "{file}: a stock repository reads the same");
        }
    }
}

#[test]
fn every_event_that_is_written_today_has_a_golden_file() {
    let events = events();
    for (event_type, version) in CalendarEvent::TYPES {
        let file = format!("{event_type}.v{version}.json");
        assert!(events.contains_key(&file), "write an example of the event to tests/golden/{file}");
    }
}

/// A snapshot of an older form would be taken for one of today's.
#[test]
fn the_state_in_snapshots_is_of_the_form_that_its_number_names() {
    let golden = events();
    let mut calendar = HostCalendar::default();
    for name in [
        "CalendarOpened",
        "TimeZoneChanged",
        "TimeZoneChangesAnnounced",
        "ScheduleAdded",
        "MeetingTypeAdded",
        "BookingRequested",
        "BookingConfirmed",
        "BookingRescheduled",
    ] {
        let (event_type, version, json) = &golden[&format!("{name}.v1.json")];
        calendar.evolve(&read_event(event_type, version, json).unwrap());
    }
    let state = serde_json::to_string(&calendar).unwrap();
    let file = format!("snapshot-{FORMAT}.json");
    let golden = std::fs::read_to_string(folder().join(&file)).unwrap_or_default();
    assert_eq!(
        state,
        golden.trim_end(),
        "the state has another form: raise snapshot::FORMAT and write the new one to tests/golden/{file}"
    );
}
