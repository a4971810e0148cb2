//! Events as Server-Sent Events (HTML Living Standard §9.2), in one piece of bytes for several.

use bytes::Bytes;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_event_store::cloud_event::CloudEvent;
use daybook_event_store::{Place, RecordedEvent};

/// How soon a browser comes back when a stream has ended, in milliseconds.
const RETRY: u16 = 2_000;

/// Keeps the connection from being taken for dead.
pub(super) const HEARTBEAT: Bytes = Bytes::from_static(b": still here\n\n");

/// The beginning of a stream: it gives the place it begins after, so that a consumer which loses its connection before the
/// first event misses none.
pub(super) fn opening(after: Place) -> Bytes {
    format!("retry: {RETRY}\nid: {after}\n\n").into()
}

/// Events with their personal data as it is in `opened`.
pub(super) fn readable(events: &[RecordedEvent], opened: &[CalendarEvent]) -> Result<Bytes, serde_json::Error> {
    write(events.iter().zip(opened).map(|(event, opened)| Ok((event, CloudEvent::opened(event, opened)?))))
}

/// Events without personal data.
pub(super) fn without_personal_data(events: &[RecordedEvent]) -> Result<Bytes, serde_json::Error> {
    write(events.iter().map(|event| Ok((event, CloudEvent::without_personal_data(event)?))))
}

fn write<'a>(
    events: impl Iterator<Item = Result<(&'a RecordedEvent, CloudEvent<'a>), serde_json::Error>>,
) -> Result<Bytes, serde_json::Error> {
    let mut text = Vec::new();
    for event in events {
        let (event, cloud_event) = event?;
        let mut field = |name: &str, value: &[u8]| {
            // Another writer's JSON may have line breaks; the consumer gets them back.
            for line in value.split(|byte| matches!(byte, b'\n' | b'\r')) {
                text.extend_from_slice(name.as_bytes());
                text.extend_from_slice(line);
                text.push(b'\n');
            }
        };
        field("id: ", event.place.to_string().as_bytes());
        field("event: ", cloud_event.kind().as_bytes());
        field("data: ", &cloud_event.to_json()?);
        text.push(b'\n');
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn event(payload: &str) -> RecordedEvent {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        RecordedEvent {
            id: "0199a1b2-0000-7000-8000-000000000001".parse().unwrap(),
            host: "01923456-789a-7bcd-8123-456789abcdef".parse().unwrap(),
            version: 7,
            place: Place { transaction_id: 901, position: 42 },
            event_type: "TimeZoneChanged".to_owned(),
            event_version: "1".to_owned(),
            recorded_at: "2026-11-20T14:00:00Z".parse().unwrap(),
            payload: raw(payload),
            metadata: raw("{}"),
        }
    }

    #[test]
    fn an_event_is_framed_with_its_place_and_type() {
        let events = [event(r#"{"type":"TimeZoneChanged","time_zone":"UTC"}"#)];
        let framed = without_personal_data(&events).unwrap();
        let text = std::str::from_utf8(&framed).unwrap();
        let (head, data) = text.split_once("data: ").unwrap();
        assert_eq!(head, "id: 901-42\nevent: daybook.TimeZoneChanged.v1\n");
        let data = data.strip_suffix("\n\n").unwrap();
        let json: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!((&json["sequence"], &json["data"]["time_zone"]), (&"901-42".into(), &"UTC".into()));
        let opened = [events[0].decode().unwrap()];
        assert_eq!(readable(&events, &opened).unwrap(), framed, "nothing in it is personal");
    }

    #[test]
    fn line_breaks_within_an_event_do_not_end_it() {
        let framed = without_personal_data(&[event("{\n\"type\":\"TimeZoneChanged\",\r\n\"a\": 1\n}")]).unwrap();
        let text = String::from_utf8(framed.to_vec()).unwrap();
        assert_eq!(text.matches("\n\n").count(), 1, "{text}");
        let data: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        let json: serde_json::Value = serde_json::from_str(&data.join("\n")).unwrap();
        assert_eq!(json["data"]["a"], 1);
    }
}
