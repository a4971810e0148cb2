//! An event's payload without its `type` tag.
//!
//! Our own payloads begin with the tag, so taking it off and putting it back is cutting text. What another writer of the
//! log may have put in another order is parsed.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The members of a payload without the tag, as they stand between the braces.
pub(super) fn members_without_tag<'a>(payload: &'a str, event_type: &str) -> Result<Cow<'a, str>, serde_json::Error> {
    if let Some(members) = after_tag(payload, event_type) {
        return Ok(Cow::Borrowed(members));
    }
    let mut members: Map<String, Value> = serde_json::from_str(payload)?;
    members.remove("type");
    let text = serde_json::to_string(&members)?;
    Ok(Cow::Owned(text[1..text.len() - 1].to_owned()))
}

fn after_tag<'a>(payload: &'a str, event_type: &str) -> Option<&'a str> {
    let rest = payload.strip_prefix(r#"{"type":""#)?.strip_prefix(event_type)?.strip_prefix('"')?.strip_suffix('}')?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(',') }
}

/// The payload again: the tag in front of its members.
pub(super) fn with_tag(event_type: &str, members: &str) -> String {
    let comma = if members.is_empty() { "" } else { "," };
    format!(r#"{{"type":"{event_type}"{comma}{members}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_comes_off_and_goes_back_without_touching_the_rest() {
        for payload in [r#"{"type":"A"}"#, r#"{"type":"A","b":1.50,"c": "{}"}"#] {
            let members = members_without_tag(payload, "A").unwrap();
            assert!(matches!(members, Cow::Borrowed(_)));
            assert_eq!(with_tag("A", &members), payload);
        }
    }

    #[test]
    fn a_tag_that_stands_elsewhere_is_found() {
        assert_eq!(members_without_tag(r#"{"b": 1, "type": "A"}"#, "A").unwrap(), r#""b":1"#);
        assert_eq!(members_without_tag(r#"{ "type": "A" }"#, "A").unwrap(), "");
        assert_eq!(members_without_tag(r#"{"type":"AB","b":1}"#, "A").unwrap(), r#""b":1"#);
        assert!(members_without_tag("[]", "A").is_err());
    }
}
