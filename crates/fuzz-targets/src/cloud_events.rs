//! Messages as JetStream hands them out.

use daybook_event_store::RecordedEvent;
use daybook_event_store::cloud_event::{CloudEvent, decode};
use serde_json::Value;

/// The body of a message of the stream `DAYBOOK`.
///
/// What is taken for an event of ours has a payload of the type that its envelope names, and published again it is the same;
/// analysts are shown nothing personal of it.
pub fn cloud_events(input: &[u8]) {
    let event = match decode(input) {
        Ok(event) => event,
        Err(refused) => return assert!(!refused.to_string().is_empty()),
    };
    // Half a character may stand in a text, which is found when somebody reads it; the rest of a payload is not read here.
    let Ok(payload) = serde_json::from_str::<Value>(event.payload.get()) else {
        assert!(event.decode().is_err(), "what is no text is read");
        return;
    };
    assert_eq!(payload["type"], event.event_type.as_str(), "the envelope names the type of the payload");
    let again = again(&event);
    assert_eq!(
        (again.id, again.host, again.version, again.place, &again.event_type, &again.event_version),
        (event.id, event.host, event.version, event.place, &event.event_type, &event.event_version)
    );
    let payload_again: Value = serde_json::from_str(again.payload.get()).expect("a payload is JSON");
    assert_eq!(payload_again, payload);
    assert_eq!(again.metadata(), event.metadata());
    if let Ok(anonymous) = CloudEvent::without_personal_data(&event) {
        is_free_of_personal_data(&anonymous.to_json().expect("JSON"));
    }
}

/// The event, published and heard again.
fn again(event: &RecordedEvent) -> RecordedEvent {
    let json = CloudEvent::sealed(event).and_then(|event| event.to_json()).expect("an event of ours is published");
    decode(&json).expect("what is published is heard")
}

/// Holds a message to analysts to having nothing personal in its data.
pub(crate) fn is_free_of_personal_data(message: &[u8]) {
    let message: Value = serde_json::from_slice(message).expect("a message is JSON");
    if let Value::Object(members) = &message["data"] {
        members.values().for_each(is_impersonal);
    }
}

fn is_impersonal(value: &Value) {
    match value {
        Value::Object(members) => {
            let personal = members.contains_key("sealed")
                || members.contains_key("erased")
                || (members.contains_key("plain") && members.contains_key("subject"));
            assert!(!personal, "personal data for analysts: {value}");
            members.values().for_each(is_impersonal);
        }
        Value::Array(values) => values.iter().for_each(is_impersonal),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
