//! A recorded event as a CloudEvent.

use std::{borrow::Cow, fmt::Write as _};

use chrono::SecondsFormat;
use daybook_event_store::RecordedEvent;
use serde::{Deserialize, Serialize};

use super::{SOURCE_PREFIX, TYPE_PREFIX, payload::members_without_tag};

/// The envelope's members at the head of `data`, in this order.
#[derive(Serialize)]
pub(super) struct Head<'a> {
    pub(super) version: u64,
    pub(super) actor: Option<Cow<'a, str>>,
    pub(super) causation_id: Option<Cow<'a, str>>,
    pub(super) correlation_id: Option<Cow<'a, str>>,
}

/// The event as a CloudEvent in JSON. Personal data stays sealed.
pub fn encode(event: &RecordedEvent) -> Result<Vec<u8>, serde_json::Error> {
    let members = members_without_tag(event.payload.get(), &event.event_type)?;
    with_members(event, &members)
}

/// The event as a CloudEvent whose `data` has these members beside the envelope's.
pub(super) fn with_members(event: &RecordedEvent, members: &str) -> Result<Vec<u8>, serde_json::Error> {
    /// All that the envelope wants of the metadata; absent and empty are the same.
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Cause<'a> {
        #[serde(borrow)]
        actor: Option<Cow<'a, str>>,
        #[serde(borrow)]
        causation_id: Option<Cow<'a, str>>,
        #[serde(borrow)]
        correlation_id: Option<Cow<'a, str>>,
    }
    #[derive(Deserialize)]
    struct About<'a> {
        #[serde(borrow, default)]
        booking_id: Option<Cow<'a, str>>,
    }

    let payload = event.payload.get();
    let cause: Cause<'_> = serde_json::from_str(event.metadata.get()).unwrap_or_default();
    let about: About<'_> = serde_json::from_str(payload)?;
    let given = |text: Option<Cow<'_, str>>| text.filter(|text| !text.is_empty()).map(Cow::into_owned).map(Cow::Owned);
    let head = serde_json::to_string(&Head {
        version: event.version,
        actor: given(cause.actor),
        causation_id: given(cause.causation_id),
        correlation_id: given(cause.correlation_id),
    })?;
    let kind = serde_json::to_string(&format!("{TYPE_PREFIX}{}.v{}", event.event_type, event.event_version))?;
    let time = event.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true);

    let mut json = String::with_capacity(members.len() + head.len() + 400);
    // Writing to a string does not fail.
    let _ = write!(
        json,
        r#"{{"specversion":"1.0","id":"{}","source":"{SOURCE_PREFIX}{}","type":{kind},"#,
        event.id, event.host
    );
    if let Some(booking) = about.booking_id {
        let _ = write!(json, r#""subject":{},"#, serde_json::to_string(&booking)?);
    }
    let _ =
        write!(json, r#""time":"{time}","datacontenttype":"application/json","sequence":"{}","data":"#, event.place);
    json.push_str(&head[..head.len() - 1]);
    if !members.is_empty() {
        json.push(',');
        json.push_str(members);
    }
    json.push_str("}}");
    Ok(json.into_bytes())
}
