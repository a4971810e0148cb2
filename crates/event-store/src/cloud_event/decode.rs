//! A CloudEvent back to the recorded event it was made of.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, value::RawValue};
use uuid::Uuid;

use super::event::Head;
use super::payload::with_tag;
use super::{SOURCE_PREFIX, TYPE_PREFIX};
use crate::place::{NotAPlace, Place};
use crate::recorded::RecordedEvent;

/// Not a CloudEvent that Daybook published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotAnEvent {
    /// Not the JSON of one.
    #[error("not the JSON of a published event: {0}")]
    Json(#[from] serde_json::Error),
    /// The sequence is not a place in the log.
    #[error(transparent)]
    Place(#[from] NotAPlace),
    /// The source is not a calendar's.
    #[error("{0} is not a calendar")]
    Source(String),
    /// The type is not one of Daybook's.
    #[error("{0} is not a type of ours")]
    Type(String),
    /// The data names a type, too, which only the envelope does.
    #[error("the data has a type of its own")]
    TypeInData,
}

#[derive(Deserialize)]
struct CloudEvent<'a> {
    id: Uuid,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    time: DateTime<Utc>,
    #[serde(borrow)]
    sequence: Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// The envelope's part of `data`; the rest is skipped.
#[derive(Deserialize)]
struct HeadOfData<'a> {
    version: u64,
    #[serde(borrow)]
    actor: Option<Cow<'a, str>>,
    #[serde(borrow)]
    causation_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    correlation_id: Option<Cow<'a, str>>,
    /// Whether there is one; the payload gets its tag from the envelope, and has it once.
    #[serde(default, rename = "type", deserialize_with = "present")]
    has_type: bool,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Reads an event as it was published in `DAYBOOK`. It equals the one in the log, but its metadata holds no more than
/// was published: actor, causation and correlation.
pub fn decode(json: &[u8]) -> Result<RecordedEvent, NotAnEvent> {
    let event: CloudEvent<'_> = serde_json::from_slice(json)?;
    let host = event.source.strip_prefix(SOURCE_PREFIX).and_then(|host| host.parse().ok());
    let host = host.ok_or_else(|| NotAnEvent::Source(event.source.into_owned()))?;
    let kind = event.kind.strip_prefix(TYPE_PREFIX).and_then(|kind| kind.rsplit_once(".v"));
    // It becomes the payload's tag as it stands: a name has nothing in it that JSON would have to escape.
    let kind = kind.filter(|(name, _)| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let (event_type, event_version) = kind.ok_or_else(|| NotAnEvent::Type(event.kind.clone().into_owned()))?;
    let place: Place = event.sequence.parse()?;

    let found: HeadOfData<'_> = serde_json::from_str(event.data.get())?;
    if found.has_type {
        return Err(NotAnEvent::TypeInData);
    }
    let version = found.version;
    let HeadOfData { actor, causation_id, correlation_id, .. } = found;
    let metadata = metadata(actor.as_deref(), causation_id.as_deref(), correlation_id.as_deref())?;
    let head = Head { version, actor, causation_id, correlation_id };
    let payload = with_tag(event_type, &members_behind(&head, event.data.get())?);
    Ok(RecordedEvent {
        id: event.id,
        host,
        version,
        place,
        event_type: event_type.to_owned(),
        event_version: event_version.to_owned(),
        recorded_at: event.time,
        payload: RawValue::from_string(payload)?,
        metadata,
    })
}

/// The event's own members: what stands behind the head, cut off rather than parsed.
fn members_behind<'a>(head: &Head<'_>, data: &'a str) -> Result<Cow<'a, str>, serde_json::Error> {
    let head = serde_json::to_string(head)?;
    let behind = data.strip_prefix(&head[..head.len() - 1]).and_then(|rest| rest.strip_suffix('}'));
    if let Some(rest) = behind {
        if rest.is_empty() {
            return Ok(Cow::Borrowed(rest));
        }
        if let Some(members) = rest.strip_prefix(',') {
            return Ok(Cow::Borrowed(members));
        }
    }
    // Written by another version of this program, in another order.
    let mut members: Map<String, Value> = serde_json::from_str(data)?;
    for name in ["version", "actor", "causation_id", "correlation_id"] {
        members.remove(name);
    }
    let text = serde_json::to_string(&members)?;
    Ok(Cow::Owned(text[1..text.len() - 1].to_owned()))
}

fn metadata(
    actor: Option<&str>,
    causation_id: Option<&str>,
    correlation_id: Option<&str>,
) -> Result<Box<RawValue>, serde_json::Error> {
    let members = [("actor", actor), ("correlation_id", correlation_id), ("causation_id", causation_id)];
    let members: Map<String, Value> =
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect();
    serde_json::value::to_raw_value(&members)
}
