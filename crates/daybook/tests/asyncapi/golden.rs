//! The golden files of the event store: examples of every event.

use std::fs;

use serde_json::{Map, Value};

use crate::repository;

/// An event as it stands in the log.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    /// Byte for byte.
    pub(crate) text: String,
    /// Its fields without the tag.
    pub(crate) fields: Map<String, Value>,
}

/// The examples of an event, the fullest first.
pub(crate) fn examples(event_type: &str, version: &str) -> Vec<Example> {
    let folder = repository().join("crates/event-store/tests/golden");
    let prefix = format!("{event_type}.v{version}.");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&prefix));
    let mut examples: Vec<Example> = files
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap().trim_end().to_owned();
            let mut fields: Map<_, _> = serde_json::from_str(&text).unwrap();
            fields.remove("type");
            Example { text, fields }
        })
        .collect();
    assert!(!examples.is_empty(), "{prefix}json is missing among the golden files");
    examples.sort_by_key(|example| (std::cmp::Reverse(example.fields.len()), example.text.clone()));
    examples
}
