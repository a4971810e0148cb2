//! A recorded event as a CloudEvent: what it says, and how that is written.

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::SecondsFormat;
use daybook_domain::calendar::event::CalendarEvent;
use serde::{Deserialize, Serialize};

use super::analytics::without_personal_data;
use super::payload::members_without_tag;
use super::{SOURCE_PREFIX, TYPE_PREFIX};
use crate::recorded::RecordedEvent;

/// The envelope's members at the head of `data`, in this order.
#[derive(Serialize)]
pub(super) struct Head<'a> {
    pub(super) version: u64,
    pub(super) actor: Option<Cow<'a, str>>,
    pub(super) causation_id: Option<Cow<'a, str>>,
    pub(super) correlation_id: Option<Cow<'a, str>>,
}

/// A recorded event as the world sees it.
pub struct CloudEvent<'a> {
    event: &'a RecordedEvent,
    event_version: &'a str,
    head: Head<'a>,
    subject: Option<Cow<'a, str>>,
    /// The event's own fields, as they stand between the braces.
    members: Cow<'a, str>,
}

impl<'a> CloudEvent<'a> {
    /// The event as it stands in the log: personal data is sealed.
    pub fn sealed(event: &'a RecordedEvent) -> Result<Self, serde_json::Error> {
        let members = members_without_tag(event.payload.get(), &event.event_type)?;
        Self::with_members(event, members)
    }

    /// The event without any field that holds personal data, sealed or not.
    pub fn without_personal_data(event: &'a RecordedEvent) -> Result<Self, serde_json::Error> {
        let members = members_without_tag(event.payload.get(), &event.event_type)?;
        let members = match without_personal_data(&members)? {
            Some(rest) => Cow::Owned(rest),
            None => members,
        };
        Self::with_members(event, members)
    }

    /// The event with the fields of `opened`, the same event as its readers may see it: brought up to date, and with personal
    /// data in clear.
    pub fn opened(event: &'a RecordedEvent, opened: &CalendarEvent) -> Result<Self, serde_json::Error> {
        let payload = serde_json::to_string(opened)?;
        let members = members_without_tag(&payload, opened.event_type())?.into_owned();
        let mut cloud_event = Self::with_members(event, Cow::Owned(members))?;
        cloud_event.event_version = opened.event_version();
        Ok(cloud_event)
    }

    fn with_members(event: &'a RecordedEvent, members: Cow<'a, str>) -> Result<Self, serde_json::Error> {
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

        let cause: Cause<'a> = serde_json::from_str(event.metadata.get()).unwrap_or_default();
        let about: About<'a> = serde_json::from_str(event.payload.get())?;
        let given = |text: Option<Cow<'a, str>>| text.filter(|text| !text.is_empty());
        let head = Head {
            version: event.version,
            actor: given(cause.actor),
            causation_id: given(cause.causation_id),
            correlation_id: given(cause.correlation_id),
        };
        Ok(Self { event, event_version: &event.event_version, head, subject: about.booking_id, members })
    }

    /// The event as it stands in the log.
    pub const fn recorded(&self) -> &RecordedEvent {
        self.event
    }

    /// Its `type`: `daybook.BookingRequested.v1`.
    pub fn kind(&self) -> String {
        format!("{TYPE_PREFIX}{}.v{}", self.event.event_type, self.event_version)
    }

    /// The booking it is about, if it is about one.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Who did it.
    pub fn actor(&self) -> Option<&str> {
        self.head.actor.as_deref()
    }

    /// The event or command that led to it.
    pub fn causation_id(&self) -> Option<&str> {
        self.head.causation_id.as_deref()
    }

    /// What joins everything that follows from one request.
    pub fn correlation_id(&self) -> Option<&str> {
        self.head.correlation_id.as_deref()
    }

    /// The event's own fields as a JSON object, without those of the envelope.
    pub fn fields(&self) -> String {
        format!("{{{}}}", self.members)
    }

    /// The whole of it as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let Self { event, head, members, .. } = self;
        let head = serde_json::to_string(head)?;
        let kind = serde_json::to_string(&self.kind())?;
        let time = event.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true);

        let mut json = String::with_capacity(members.len() + head.len() + 400);
        // Writing to a string does not fail.
        let _ = write!(
            json,
            r#"{{"specversion":"1.0","id":"{}","source":"{SOURCE_PREFIX}{}","type":{kind},"#,
            event.id, event.host
        );
        if let Some(booking) = &self.subject {
            let _ = write!(json, r#""subject":{},"#, serde_json::to_string(booking)?);
        }
        let _ = write!(
            json,
            r#""time":"{time}","datacontenttype":"application/json","sequence":"{}","data":"#,
            event.place
        );
        json.push_str(&head[..head.len() - 1]);
        if !members.is_empty() {
            json.push(',');
            json.push_str(members);
        }
        json.push_str("}}");
        Ok(json.into_bytes())
    }
}
