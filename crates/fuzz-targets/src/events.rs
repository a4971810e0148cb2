//! Events and snapshots as the log holds them.

use chrono::DateTime;
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::HostId;
use daybook_event_store::cloud_event::{CloudEvent, decode};
use daybook_event_store::{Place, RecordedEvent};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::cloud_events::is_free_of_personal_data;

/// Lines of `<type> <version> <payload>`: the events of one calendar.
///
/// What is read is written and read again as the same; published and heard again, it is what it was; the calendar that
/// follows from all of them survives a snapshot.
pub fn events(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut calendar = HostCalendar::default();
    for (version, line) in (1..).zip(text.lines()) {
        let mut parts = line.splitn(3, ' ');
        let (Some(event_type), Some(event_version), Some(json)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let Some(recorded) = recorded(event_type, event_version, json, version) else { continue };
        published(&recorded);
        match recorded.decode() {
            Ok(event) => {
                same_again(&event);
                calendar.evolve(&event);
            }
            Err(unreadable) => assert!(!unreadable.to_string().is_empty()),
        }
    }
    let state = serde_json::to_string(&calendar).expect("a calendar is JSON");
    let read: HostCalendar = serde_json::from_str(&state).expect("a snapshot is read");
    assert_eq!(read, calendar, "a snapshot is the calendar");
}

fn recorded(event_type: &str, event_version: &str, json: &str, version: u64) -> Option<RecordedEvent> {
    Some(RecordedEvent {
        id: Uuid::from_u128(1),
        host: HostId(Uuid::from_u128(2)),
        version,
        place: Place { transaction_id: 742, position: 1 },
        event_type: event_type.to_owned(),
        event_version: event_version.to_owned(),
        recorded_at: DateTime::UNIX_EPOCH,
        payload: RawValue::from_string(json.to_owned()).ok()?,
        metadata: RawValue::from_string(r#"{"actor":"guest"}"#.to_owned()).ok()?,
    })
}

fn same_again(event: &CalendarEvent) {
    let json = serde_json::to_string(event).expect("an event is JSON");
    let read = CalendarEvent::from_parts(event.event_type(), &json).expect("what is written is read");
    assert_eq!(read, *event);
    let tagged: CalendarEvent = serde_json::from_str(&json).expect("by its tag, too");
    assert_eq!(tagged, *event);
}

/// An event of today's form, published and heard again.
fn published(recorded: &RecordedEvent) {
    let Ok(event) = recorded.decode() else { return };
    let payload = serde_json::to_string(&event).expect("an event is JSON");
    let recorded = RecordedEvent { payload: RawValue::from_string(payload).expect("JSON"), ..recorded.clone() };
    let published = CloudEvent::sealed(&recorded).and_then(|event| event.to_json()).expect("an event is published");
    let heard = decode(&published).expect("what is published is heard");
    assert_eq!(heard.payload.get(), recorded.payload.get());
    assert_eq!((heard.host, heard.version, heard.place), (recorded.host, recorded.version, recorded.place));
    assert_eq!(heard.decode().expect("an event of ours"), event);
    let anonymous = CloudEvent::without_personal_data(&recorded).and_then(|event| event.to_json());
    is_free_of_personal_data(&anonymous.expect("an event is published for analysts"));
}
