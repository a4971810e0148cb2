//! The document as it must be.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use daybook_domain::calendar::event::CalendarEvent;
use daybook_event_store::{Place, RecordedEvent, cloud_event};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::golden::{self, Example};
use crate::schema::{Schema, quoted, required, write_properties};
use crate::source::{self, Words};

const TEMPLATE: &str = include_str!("template.yaml");

/// The template with its placeholders filled.
pub(crate) fn make() -> String {
    let words = source::words();
    let mut all = String::new();
    let (mut messages, mut schemas) = (String::new(), String::new());
    for (event_type, version) in CalendarEvent::TYPES {
        writeln!(all, "      {event_type}:\n        $ref: '#/components/messages/{event_type}'").unwrap();
        let examples = golden::examples(event_type, version);
        message(&mut messages, event_type, version, &words, &examples[0]);
        data(&mut schemas, event_type, &words, &examples);
    }
    let fill = |text: String, name: &str, with: &str| text.replace(&format!("{{{{{name}}}}}\n"), with);
    let text = TEMPLATE.replace("{{version}}", env!("CARGO_PKG_VERSION"));
    let text = fill(text, "messages", &all);
    let text = fill(text, "components.messages", &messages);
    fill(text, "components.schemas", &schemas)
}

fn message(yaml: &mut String, event_type: &str, version: &str, words: &Words, example: &Example) {
    let summary = words.events.get(event_type).map_or("", String::as_str);
    let payload = published(event_type, version, &example.text);
    write!(
        yaml,
        "    {event_type}:
      name: daybook.{event_type}.v{version}
      title: {event_type}
      summary: {summary}
      traits:
        - $ref: '#/components/messageTraits/headers'
      payload:
        allOf:
          - $ref: '#/components/schemas/CloudEvent'
          - type: object
            properties:
              type:
                const: daybook.{event_type}.v{version}
              data:
                $ref: '#/components/schemas/{event_type}'
      examples:
        - payload: {payload}
",
        summary = quoted(summary),
    )
    .unwrap();
}

fn data(yaml: &mut String, event_type: &str, words: &Words, examples: &[Example]) {
    let fields = words.fields.get(event_type);
    let examples_as_values: Vec<Value> = examples.iter().map(|example| example.fields.clone().into()).collect();
    let properties = match Schema::of_all(examples_as_values.iter()) {
        Schema::Object(properties) => properties,
        _ => BTreeMap::new(),
    };
    writeln!(yaml, "    {event_type}:\n      type: object").unwrap();
    let required = required(examples, fields);
    if !required.is_empty() {
        writeln!(yaml, "      required: [{}]", required.join(", ")).unwrap();
    }
    write_properties(yaml, 6, &properties, fields);
}

/// An example as it is published.
fn published(event_type: &str, version: &str, golden: &str) -> String {
    let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
    let event = RecordedEvent {
        id: "0190a5b2-0000-7000-8000-0000000000fe".parse().unwrap(),
        host: "0190a5b2-0000-7000-8000-0000000000fd".parse().unwrap(),
        version: 7,
        place: Place { transaction_id: 742, position: 8 },
        event_type: event_type.to_owned(),
        event_version: version.to_owned(),
        recorded_at: "2027-01-11T08:00:00.123456Z".parse().unwrap(),
        payload: raw(golden),
        metadata: raw(r#"{"actor":"guest","correlation_id":"0190a5b2-0000-7000-8000-0000000000ff"}"#),
    };
    String::from_utf8(cloud_event::encode(&event).unwrap()).unwrap()
}
