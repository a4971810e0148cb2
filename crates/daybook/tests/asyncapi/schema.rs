//! JSON schemas of events, from examples.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::golden::Example;
use crate::source::Field;

/// The schema of a value, as far as examples tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Schema {
    Anything,
    Personal,
    /// A scalar's type and format.
    Scalar(&'static str, Option<&'static str>),
    List(Box<Schema>),
    /// Values by date.
    ByDate(Box<Schema>),
    Object(BTreeMap<String, Schema>),
}

impl Schema {
    /// What an example shows.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Anything,
            Value::Bool(_) => Self::Scalar("boolean", None),
            Value::Number(number) if number.is_f64() => Self::Scalar("number", None),
            Value::Number(_) => Self::Scalar("integer", None),
            Value::String(text) => Self::Scalar("string", format(text)),
            Value::Array(items) => Self::List(Box::new(Self::of_all(items.iter()))),
            Value::Object(object) if object.contains_key("sealed") => Self::Personal,
            Value::Object(object) if !object.is_empty() && object.keys().all(|key| format(key) == Some("date")) => {
                Self::ByDate(Box::new(Self::of_all(object.values())))
            }
            Value::Object(object) => {
                Self::Object(object.iter().map(|(name, value)| (name.clone(), Self::of(value))).collect())
            }
        }
    }

    /// What several examples show together.
    pub(crate) fn of_all<'a>(values: impl Iterator<Item = &'a Value>) -> Self {
        values.map(Self::of).reduce(Self::or).unwrap_or(Self::Anything)
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Anything, known) | (known, Self::Anything) => known,
            (Self::Object(mut one), Self::Object(other)) => {
                for (name, schema) in other {
                    let known = one.remove(&name).unwrap_or(Self::Anything);
                    one.insert(name, known.or(schema));
                }
                Self::Object(one)
            }
            (Self::List(one), Self::List(other)) => Self::List(Box::new(one.or(*other))),
            (Self::ByDate(one), Self::ByDate(other)) => Self::ByDate(Box::new(one.or(*other))),
            (Self::Scalar(one, _), Self::Scalar(other, _)) if one == other => Self::Scalar(one, None),
            (one, other) if one == other => one,
            _ => Self::Anything,
        }
    }

    /// Writes it as YAML behind the name it belongs to.
    pub(crate) fn write(&self, yaml: &mut String, indent: usize, text: Option<&str>) {
        let pad = " ".repeat(indent);
        let mut line = |text: String| writeln!(yaml, "{pad}{text}").unwrap();
        match self {
            // With words beside it, a reference would be ignored by some readers.
            Self::Personal => line("allOf:\n{pad}  - $ref: '#/components/schemas/Personal'".replace("{pad}", &pad)),
            Self::Anything => {}
            Self::Scalar(kind, format) => {
                line(format!("type: {kind}"));
                if let Some(format) = format {
                    line(format!("format: {format}"));
                }
            }
            Self::List(_) => line("type: array".to_owned()),
            Self::ByDate(_) | Self::Object(_) => line("type: object".to_owned()),
        }
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            line(format!("description: {}", quoted(text)));
        }
        let (name, inner) = match self {
            Self::List(items) => ("items", items),
            Self::ByDate(values) => ("additionalProperties", values),
            Self::Object(properties) => {
                write_properties(yaml, indent, properties, None);
                return;
            }
            Self::Anything | Self::Personal | Self::Scalar(..) => return,
        };
        if **inner == Self::Anything {
            line(format!("{name}: {{}}"));
        } else {
            line(format!("{name}:"));
            inner.write(yaml, indent + 2, None);
        }
    }
}

/// Writes the fields of an object.
pub(crate) fn write_properties(
    yaml: &mut String,
    indent: usize,
    properties: &BTreeMap<String, Schema>,
    words: Option<&BTreeMap<String, Field>>,
) {
    let pad = " ".repeat(indent);
    writeln!(yaml, "{pad}properties:").unwrap();
    for (name, schema) in properties {
        let text = words.and_then(|words| words.get(name)).map(|field| field.text.as_str());
        if *schema == Schema::Anything && text.is_none_or(str::is_empty) {
            writeln!(yaml, "{pad}  {name}: {{}}").unwrap();
        } else {
            writeln!(yaml, "{pad}  {name}:").unwrap();
            schema.write(yaml, indent + 4, text);
        }
    }
}

/// The fields that every example has, none of which is personal: what readers may count on.
pub(crate) fn required(examples: &[Example], words: Option<&BTreeMap<String, Field>>) -> Vec<String> {
    let is_optional = |name: &str| words.and_then(|words| words.get(name)).is_some_and(|field| field.is_optional);
    let first =
        examples[0].fields.iter().filter(|(_, value)| Schema::of(value) != Schema::Personal).map(|(name, _)| name);
    let mut names: Vec<_> = first
        .filter(|name| !is_optional(name) && examples.iter().all(|example| example.fields.contains_key(*name)))
        .cloned()
        .collect();
    names.sort();
    names
}

/// Text between quotes, as YAML and JSON have it.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn format(text: &str) -> Option<&'static str> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let is_hex = |c: char| c.is_ascii_hexdigit();
    if shape == "0000-00-00" {
        Some("date")
    } else if shape.starts_with("0000-00-00T00:00:00") && shape.ends_with('Z') {
        Some("date-time")
    } else if text.len() == 36
        && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && text.replace('-', "").chars().all(is_hex)
    {
        Some("uuid")
    } else {
        None
    }
}
