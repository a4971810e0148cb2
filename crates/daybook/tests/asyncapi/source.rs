//! What the domain's source says about events and their fields.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::repository;

/// The words of the source.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// What each event means.
    pub(crate) events: BTreeMap<String, String>,
    /// The fields of each event.
    pub(crate) fields: BTreeMap<String, BTreeMap<String, Field>>,
}

/// A field as the source has it.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// Its documentation.
    pub(crate) text: String,
    /// Whether it may be left out.
    pub(crate) is_optional: bool,
}

/// Reads the documentation of the events macro's list and of the structs beside it. The source is formatted by rustfmt, so
/// a line is a thing.
pub(crate) fn words() -> Words {
    let mut words = Words::default();
    for file in files(&repository().join("crates/domain/src/calendar")) {
        let (mut text, mut skipped, mut within) = (String::new(), false, None);
        for line in fs::read_to_string(file).unwrap().lines().map(str::trim) {
            if let Some(more) = line.strip_prefix("///") {
                text.push_str(if text.is_empty() { "" } else { " " });
                text.push_str(more.trim());
                continue;
            }
            if line.starts_with("#[") {
                skipped |= line.contains("skip_serializing_if");
                continue;
            }
            if let Some(name) = line.strip_prefix("pub struct ").and_then(|rest| rest.strip_suffix(" {")) {
                within = Some(name.to_owned());
            } else if line == "}" {
                within = None;
            } else if let (Some(name), Some((field, kind))) =
                (&within, line.strip_prefix("pub ").and_then(|rest| rest.split_once(": ")))
            {
                let is_optional = skipped || kind.starts_with("Option<");
                let field = (field.to_owned(), Field { text: text.clone(), is_optional });
                words.fields.entry(name.clone()).or_default().extend([field]);
            } else if let Some((name, version)) = line.split_once(" = \"")
                && version.ends_with("\",")
            {
                words.events.insert(name.to_owned(), text.clone());
            }
            (text, skipped) = (String::new(), false);
        }
    }
    words
}

/// The files in which events are declared: `event.rs`, or a folder `event`.
fn files(calendar: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for name in ["event.rs", "events.rs"] {
        found.extend(Some(calendar.join(name)).filter(|file| file.exists()));
    }
    for name in ["event", "events"] {
        let entries = fs::read_dir(calendar.join(name)).into_iter().flatten();
        found.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()));
    }
    found.sort();
    found
}
