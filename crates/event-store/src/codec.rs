//! Seals personal data on its way into the log and opens it on its way out (E9).

use std::collections::{HashMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::personal::{PersonalField, Subject};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::keys::{KeyError, SubjectKey, SubjectKeys};

/// Why personal data cannot be sealed or opened.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// A key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The ciphertext is not one of this field of this event.
    #[error("field {field} of event {event} cannot be opened")]
    Damaged {
        /// The event.
        event: Uuid,
        /// Its field.
        field: &'static str,
    },
}

/// Events as the log takes them.
pub struct Sealed {
    /// Each event's fields as JSON.
    pub payloads: Vec<String>,
    /// The keys that personal fields are sealed with: the person, and the key's id.
    pub keys: Vec<(Subject, Uuid)>,
}

/// Seals and opens the personal fields of events. Cloning shares it.
#[derive(Clone)]
pub struct Codec {
    keys: SubjectKeys,
}

impl Codec {
    /// A codec with the keys of all persons.
    pub const fn new(keys: SubjectKeys) -> Self {
        Self { keys }
    }

    /// The keys it works with.
    pub const fn keys(&self) -> &SubjectKeys {
        &self.keys
    }

    /// The events as JSON for the log, in which every personal field is sealed, or marked as erased if it is about somebody
    /// who was: whatever is said about them from then on is kept no more than what was said before. The events themselves
    /// stay as they are; they are borrowed mutably only because that is how an event shows its personal fields.
    pub async fn to_log(&self, events: &mut [(Uuid, CalendarEvent)]) -> Result<Sealed, CodecError> {
        let subjects = subjects(events, |field| field.plain_json().is_some());
        let keys = self.keys.for_sealing(&subjects.iter().collect::<Vec<_>>()).await?;
        let mut payloads = Vec::with_capacity(events.len());
        for (id, event) in events {
            if event.personal_fields().is_empty() {
                payloads.push(json(event));
                continue;
            }
            let mut sealed = event.clone();
            for mut field in sealed.personal_fields() {
                // A field that is sealed or erased already is written as it is.
                let Some(plain) = field.plain_json() else { continue };
                match keys.get(field.subject()) {
                    Some(key) => field.seal(STANDARD.encode(key.seal(&context(field.as_ref(), id), &plain))),
                    None => erase(field.as_mut(), id)?,
                }
            }
            payloads.push(json(&sealed));
        }
        let keys = keys.into_iter().map(|(subject, key)| (subject, key.id())).collect();
        Ok(Sealed { payloads, keys })
    }

    /// Opens every sealed field of the events, each given with its id. Where a person was erased, the field reads so.
    pub async fn open(&self, events: &mut [(Uuid, CalendarEvent)]) -> Result<(), CodecError> {
        let subjects = subjects(events, |field| field.sealed().is_some());
        let keys = self.keys.for_opening(&subjects.iter().collect::<Vec<_>>()).await?;
        open_with(&keys, events)
    }

    /// As [`open`](Self::open), for whoever writes what they read to a table: within the connection's transaction, which has
    /// to be that of the writing. Nobody is erased until it ends, so that an erasure finds whatever was written before it.
    /// What is opened so may be kept nowhere else.
    pub async fn open_for_keeping(
        &self,
        connection: &mut PgConnection,
        events: &mut [(Uuid, CalendarEvent)],
    ) -> Result<(), CodecError> {
        let subjects = subjects(events, |field| field.sealed().is_some());
        let keys = self.keys.for_keeping(connection, &subjects.iter().collect::<Vec<_>>()).await?;
        open_with(&keys, events)
    }
}

fn open_with(keys: &HashMap<Subject, SubjectKey>, events: &mut [(Uuid, CalendarEvent)]) -> Result<(), CodecError> {
    for (id, event) in events {
        for mut field in event.personal_fields() {
            let Some(sealed) = field.sealed() else { continue };
            let Some(key) = keys.get(field.subject()) else {
                erase(field.as_mut(), id)?;
                continue;
            };
            let damaged = CodecError::Damaged { event: *id, field: field.name() };
            let ciphertext = STANDARD.decode(sealed).map_err(|_| damaged.clone())?;
            let plain = key.open(&context(field.as_ref(), id), &ciphertext).map_err(|_| damaged.clone())?;
            field.open(Some(&plain)).map_err(|_| damaged)?;
        }
    }
    Ok(())
}

/// Marks a field as one about somebody who was erased.
fn erase(field: &mut dyn PersonalField, event: &Uuid) -> Result<(), CodecError> {
    field.open(None).map_err(|_| CodecError::Damaged { event: *event, field: field.name() })
}

/// What a ciphertext is bound to: moved to another person, event or field, it does not open.
fn context<'a>(field: &'a dyn PersonalField, event: &'a Uuid) -> [&'a [u8]; 3] {
    [field.subject().0.as_bytes(), event.as_bytes(), field.name().as_bytes()]
}

/// The distinct persons of those fields.
fn subjects(events: &mut [(Uuid, CalendarEvent)], of: impl Fn(&dyn PersonalField) -> bool) -> HashSet<Subject> {
    let fields = events.iter_mut().flat_map(|(_, event)| event.personal_fields());
    fields.filter(|field| of(field.as_ref())).map(|field| field.subject().clone()).collect()
}

fn json(event: &CalendarEvent) -> String {
    serde_json::to_string(event).expect("events have string keys and finite numbers only")
}
