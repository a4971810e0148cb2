//! Published events without personal data.

use std::borrow::Cow;

use daybook_event_store::RecordedEvent;
use serde_json::{Map, Value};

use super::{encode::with_members, payload::members_without_tag};

/// The event as a CloudEvent in JSON, without any member that holds personal data, sealed or not.
pub fn encode_for_analytics(event: &RecordedEvent) -> Result<Vec<u8>, serde_json::Error> {
    let members = members_without_tag(event.payload.get(), &event.event_type)?;
    with_members(event, &without_personal_data(&members)?)
}

/// An event without any of the words that mark personal data has none, which saves most events from being parsed. A name
/// may also be written with escapes.
const MARKS: [&str; 4] = ["sealed", "plain", "erased", "\\u"];

fn without_personal_data(members: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    if !MARKS.iter().any(|mark| members.contains(mark)) {
        return Ok(Cow::Borrowed(members));
    }
    let mut object: Map<String, Value> = serde_json::from_str(&format!("{{{members}}}"))?;
    strip_object(&mut object);
    let text = serde_json::to_string(&object)?;
    Ok(Cow::Owned(text[1..text.len() - 1].to_owned()))
}

fn strip_object(object: &mut Map<String, Value>) {
    object.retain(|_, value| keep(value));
}

/// Whether a value may stay; its personal parts go.
fn keep(value: &mut Value) -> bool {
    match value {
        Value::Object(object) if is_personal(object) => return false,
        Value::Object(object) => strip_object(object),
        Value::Array(values) => values.retain_mut(keep),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    true
}

/// The three forms of the domain's `Personal`. The log holds sealed ones only; the others go as well, should it ever not.
fn is_personal(object: &Map<String, Value>) -> bool {
    object.contains_key("sealed")
        || object.contains_key("erased")
        || (object.contains_key("plain") && object.contains_key("subject"))
}
