//! Takes personal data out of published events.

use serde_json::{Map, Value};

/// An event without any of the words that mark personal data has none, which saves most events from being parsed. A name
/// may also be written with escapes.
const MARKS: [&str; 4] = ["sealed", "plain", "erased", "\\u"];

/// The members that remain when the personal ones are gone; none if there is nothing personal among them.
pub(super) fn without_personal_data(members: &str) -> Result<Option<String>, serde_json::Error> {
    if !MARKS.iter().any(|mark| members.contains(mark)) {
        return Ok(None);
    }
    let mut object: Map<String, Value> = serde_json::from_str(&format!("{{{members}}}"))?;
    strip_object(&mut object);
    let text = serde_json::to_string(&object)?;
    Ok(Some(text[1..text.len() - 1].to_owned()))
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
