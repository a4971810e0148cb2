//! Who and what caused an event.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::idempotency::IdempotencyHash;

/// What goes with every event of a command. All values are strings, as cqrs-es reads them, and none is personal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Who asked: `host:<id>`, `admin:<id>`, `guest`, or `system:<part of the program>`.
    pub actor: String,
    /// Joins everything that follows from one request.
    pub correlation_id: String,
    /// The event or command that led to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<String>,
    /// The idempotency key that the command came with. Only given, never read back: see [`Idempotency`](crate::Idempotency).
    #[serde(skip)]
    pub idempotency: Option<IdempotencyHash>,
}

/// A command's metadata as JSON, once for its first event and once for all others.
pub(crate) struct MetadataJson {
    pub(crate) first: String,
    pub(crate) later: String,
}

/// A first event's metadata: the key stands on no other, and says how many events are the command's.
#[derive(Serialize)]
struct FirstEvent<'a> {
    #[serde(flatten)]
    metadata: &'a Metadata,
    idempotency_key: &'a str,
    idempotency_body: &'a str,
    idempotency_events: String,
}

impl MetadataJson {
    /// The metadata of a command's `events` events.
    pub(crate) fn of(metadata: &Metadata, events: usize) -> Self {
        let later = json(metadata);
        let first = metadata.idempotency.as_ref().map(|hash| {
            json(&FirstEvent {
                metadata,
                idempotency_key: &hash.key,
                idempotency_body: &hash.body,
                idempotency_events: events.to_string(),
            })
        });
        Self { first: first.unwrap_or_else(|| later.clone()), later }
    }

    /// The metadata that a stock cqrs-es framework hands over, of which the idempotency key belongs to the first event only.
    pub(crate) fn of_strings(metadata: HashMap<String, String>, events: usize) -> Self {
        let (mut first, later): (HashMap<_, _>, HashMap<_, _>) =
            metadata.into_iter().partition(|(name, _)| name.starts_with("idempotency_"));
        let later_json = json(&later);
        if !first.is_empty() {
            first.insert("idempotency_events".to_owned(), events.to_string());
        }
        first.extend(later);
        Self { first: json(&first), later: later_json }
    }
}

fn json(metadata: &impl Serialize) -> String {
    serde_json::to_string(metadata).expect("strings under string keys serialise")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> Metadata {
        Metadata {
            actor: "guest".into(),
            correlation_id: "c-1".into(),
            causation_id: None,
            idempotency: Some(IdempotencyHash { key: "ab".into(), body: "cd".into() }),
        }
    }

    #[test]
    fn only_a_commands_first_event_carries_the_idempotency_key() {
        let json = MetadataJson::of(&metadata(), 2);
        assert_eq!(json.later, r#"{"actor":"guest","correlation_id":"c-1"}"#);
        assert_eq!(
            json.first,
            r#"{"actor":"guest","correlation_id":"c-1","idempotency_key":"ab","idempotency_body":"cd","idempotency_events":"2"}"#
        );
    }

    #[test]
    fn a_stock_framework_s_key_stands_on_the_first_event_too() {
        let strings =
            HashMap::from([("idempotency_key".to_owned(), "ab".to_owned()), ("actor".to_owned(), "x".to_owned())]);
        let json = MetadataJson::of_strings(strings, 3);
        assert_eq!(json.later, r#"{"actor":"x"}"#);
        let first: HashMap<String, String> = serde_json::from_str(&json.first).unwrap();
        assert_eq!((first["idempotency_key"].as_str(), first["idempotency_events"].as_str()), ("ab", "3"));
    }

    #[test]
    fn metadata_of_any_writer_is_readable() {
        assert_eq!(serde_json::from_str::<Metadata>("{}").unwrap(), Metadata::default());
    }
}
