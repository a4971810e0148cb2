//! Old versions of events are brought up to date as they are read; the log keeps them as they were written (E6).

use daybook_domain::calendar::event::{CalendarEvent, Unreadable};
use serde_json::Value;

/// Brings one version of an event to the next one.
struct Upcaster {
    event_type: &'static str,
    from: &'static str,
    to: &'static str,
    upcast: fn(Value) -> Value,
}

/// Every step from an older version, named `<event>_v<from>_to_v<to>`. Every event is still at its first version.
const UPCASTERS: &[Upcaster] = &[];

/// An event that this program cannot read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnreadableEvent {
    /// Of a version that this program does not know, written by a later one.
    #[error("version {version} of {event_type} is unknown")]
    UnknownVersion {
        /// The event's type.
        event_type: String,
        /// The version it was written in.
        version: String,
    },
    /// Of an unknown type, or not of its type's form.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// The event that was written as `json` under this type and version.
pub(crate) fn read_event(event_type: &str, version: &str, json: &str) -> Result<CalendarEvent, UnreadableEvent> {
    read_with(UPCASTERS, CalendarEvent::TYPES, event_type, version, json)
}

fn read_with(
    upcasters: &[Upcaster],
    types: &[(&str, &str)],
    event_type: &str,
    version: &str,
    json: &str,
) -> Result<CalendarEvent, UnreadableEvent> {
    let today = types.iter().find(|(name, _)| *name == event_type).map(|(_, version)| *version);
    // An unknown type has no version of today; reading it says so.
    if today.is_none_or(|today| today == version) {
        return Ok(CalendarEvent::from_parts(event_type, json)?);
    }
    let mut payload: Value = serde_json::from_str(json).map_err(Unreadable::from)?;
    let mut reached = version;
    while today != Some(reached) {
        let step = upcasters.iter().find(|step| (step.event_type, step.from) == (event_type, reached));
        let Some(step) = step else {
            return Err(UnreadableEvent::UnknownVersion { event_type: event_type.into(), version: version.into() });
        };
        payload = (step.upcast)(payload);
        reached = step.to;
    }
    Ok(CalendarEvent::from_parts(event_type, &payload.to_string())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As if events of this type had once had other fields.
    const HISTORY: &[Upcaster] = &[
        Upcaster {
            event_type: "TimeZoneChanged",
            from: "1",
            to: "2",
            upcast: |mut payload| {
                payload["zone"] = payload["tz"].take();
                payload
            },
        },
        Upcaster {
            event_type: "TimeZoneChanged",
            from: "2",
            to: "3",
            upcast: |mut payload| {
                payload["time_zone"] = payload["zone"].take();
                payload
            },
        },
    ];

    fn read(version: &str, json: &str) -> Result<String, UnreadableEvent> {
        let event = read_with(HISTORY, &[("TimeZoneChanged", "3")], "TimeZoneChanged", version, json)?;
        let json = serde_json::to_value(&event).unwrap();
        Ok(json["time_zone"].as_str().unwrap().to_owned())
    }

    #[test]
    fn an_old_event_is_brought_up_to_date_step_by_step() {
        assert_eq!(read("1", r#"{"tz":"Europe/Berlin"}"#).unwrap(), "Europe/Berlin");
        assert_eq!(read("2", r#"{"zone":"Europe/Berlin"}"#).unwrap(), "Europe/Berlin");
        assert_eq!(read("3", r#"{"time_zone":"Europe/Berlin"}"#).unwrap(), "Europe/Berlin");
    }

    #[test]
    fn an_event_of_a_later_program_is_not_guessed_at() {
        let unknown = read("4", r#"{"time_zone":"Europe/Berlin"}"#).unwrap_err();
        assert_eq!(unknown.to_string(), "version 4 of TimeZoneChanged is unknown");
        let unknown = read_event("CalendarPainted", "1", "{}").unwrap_err();
        assert!(matches!(unknown, UnreadableEvent::Unreadable(Unreadable::UnknownType(_))));
    }
}
