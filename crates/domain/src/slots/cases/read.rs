//! From a file to cases.

use serde_json::Value;

use super::expectation::Expectation;
use super::field::{Field, Fields, whole_second};
use super::host::Host;
use super::{BadCase, Case, Question};
use crate::time::{Interval, MINUTE};

/// Days that one case may ask for.
const MOST_DAYS: i64 = 1_100;

/// Every field that means something, in a case, in what hosts have in common, or in a host.
const KNOWN: [&str; 29] = [
    "id",
    "name",
    "type",
    "note",
    "common",
    "hosts",
    "host",
    "host_tz",
    "host_tz_changes",
    "weekly",
    "overrides",
    "bookings",
    "busy",
    "duration",
    "buffer_before",
    "buffer_after",
    "buffers_within_hours",
    "slot_interval",
    "minimum_notice",
    "now",
    "range",
    "booking_window",
    "limits",
    "seats",
    "reschedule_of",
    "guest_tz",
    "expected",
    "expected_variants",
    "expected_by_guest_date",
];

/// Reads a whole suite (`{meta, cases, multi_host_cases}`), a list of cases, or a single case.
pub fn read(json: &str) -> Result<Vec<Case>, BadCase> {
    let file: Value = serde_json::from_str(json).map_err(|error| BadCase::NotJson(error.to_string()))?;
    let values: Vec<&Value> = match &file {
        Value::Array(list) => list.iter().collect(),
        Value::Object(suite) if suite.contains_key("cases") || suite.contains_key("multi_host_cases") => {
            let suite = Field::root("file", &file).fields()?;
            let lists = [suite.list(&["cases"])?, suite.list(&["multi_host_cases"])?];
            lists.iter().flatten().map(Field::value).collect()
        }
        single => vec![single],
    };
    let cases: Vec<Case> = (1..).zip(values).map(|(place, value)| case(place, value)).collect::<Result<_, _>>()?;
    let mut ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            let (case, field) = (pair[0].to_owned(), "id".to_owned());
            Err(BadCase::Field { case, field, rule: "must be given to one case only".to_owned() })
        }
        None => Ok(cases),
    }
}

fn case(place: u32, value: &Value) -> Result<Case, BadCase> {
    let place = format!("#{place}");
    let id = match value.get("id") {
        // An empty one would name nothing.
        Some(Value::String(id)) if !id.is_empty() => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => place,
    };
    let fields = Field::root(&id, value).fields()?;
    let question = match fields.get(&["type"]).map(|field| field.text().map(|text| (field, text))).transpose()? {
        None if fields.get(&["hosts"]).is_none() => Question::Alone,
        Some((_, "collective")) => Question::Collective,
        Some((_, "round_robin")) => Question::RoundRobin,
        Some((field, _)) => return Err(field.must("be collective or round_robin")),
        None => return Err(fields.required(&["type"]).map_or_else(|missing| missing, |field| field.must("be given"))),
    };
    let mut unknown = unknown(&fields);
    let shared = match fields.get(&["common"]) {
        Some(common) => {
            let common = common.fields()?;
            unknown.extend(self::unknown(&common));
            common.over(&fields)
        }
        None => fields.clone(),
    };
    let hosts = if question == Question::Alone {
        vec![Host::read("", &shared)?]
    } else {
        let mut hosts = Vec::new();
        let list = fields.required(&["hosts"])?;
        if list.items()?.is_empty() {
            return Err(list.must("name at least one host"));
        }
        for field in list.items()? {
            let own = field.fields()?;
            unknown.extend(self::unknown(&own));
            let name = own.required(&["host", "id", "name"])?.text()?;
            hosts.push(Host::read(name, &own.over(&shared))?);
        }
        hosts
    };
    let buffers_within_hours = hosts.first().is_some_and(Host::buffers_within_hours);
    Ok(Case {
        unknown_fields: unknown,
        question,
        hosts,
        range: range(&shared)?,
        expectation: Expectation::read(&fields, buffers_within_hours)?,
        id,
    })
}

/// The starts asked for: `from ≤ start < to`, in whole seconds.
fn range(fields: &Fields<'_>) -> Result<Option<Interval>, BadCase> {
    let field = fields.required(&["range"])?;
    let (from, to) = field.pair(&["from", "start"], &["to", "end"])?;
    let (from, to) = (whole_second(from.instant()?), whole_second(to.instant()?));
    if to < from {
        return Err(field.must("not end before it starts"));
    }
    if to - from > MOST_DAYS * 24 * 60 * MINUTE {
        return Err(field.must(format!("span at most {MOST_DAYS} days")));
    }
    Ok(Interval::new(from, to))
}

fn unknown(fields: &Fields<'_>) -> Vec<String> {
    fields.each().filter(|(name, _)| !KNOWN.contains(name)).map(|(name, _)| name.to_owned()).collect()
}
