//! What a case expects, and how an answer differs from it.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat};

use super::field::{Field, Fields, parse_date};
use super::{BadCase, Case, Choice};
use crate::time::Instant;
use crate::zone::Zone;

/// The variant whose answers hold where buffers, too, must lie within the hours.
const BUFFERS_WITHIN_HOURS: &str = "fit=buffers_inside_window";
/// Starts that one message names at most.
const MOST_NAMED: usize = 5;

/// The answer that a case expects.
#[derive(Clone, Debug)]
pub(super) struct Expectation {
    starts: Vec<Expected>,
    by_guest_date: Option<GuestDates>,
}

#[derive(Clone, Debug)]
struct Expected {
    start: Instant,
    /// Who is free, where the case says so.
    hosts: Option<Vec<String>>,
}

/// The starts grouped by the date that they have for a guest.
#[derive(Clone, Debug)]
struct GuestDates {
    zone: Zone,
    dates: BTreeMap<NaiveDate, Vec<DateTime<FixedOffset>>>,
}

impl Expectation {
    /// The answer that the case expects on its own terms: the variant's where there is one.
    pub(super) fn read(fields: &Fields<'_>, buffers_within_hours: bool) -> Result<Option<Self>, BadCase> {
        if buffers_within_hours
            && let Some(variants) = fields.get(&["expected_variants"])
            && let Some(variant) = variants.fields()?.get(&[BUFFERS_WITHIN_HOURS])
        {
            return Ok(Some(Self { starts: starts(&variant)?, by_guest_date: None }));
        }
        let Some(expected) = fields.get(&["expected"]) else { return Ok(None) };
        let zone = fields.get(&["guest_tz"]).map(|field| field.zone()).transpose()?;
        let by_guest_date = match fields.get(&["expected_by_guest_date"]) {
            Some(field) => {
                let zone = zone.ok_or_else(|| field.must("come with guest_tz"))?;
                Some(GuestDates { zone, dates: dates(&field)? })
            }
            None => None,
        };
        Ok(Some(Self { starts: starts(&expected)?, by_guest_date }))
    }
}

fn starts(field: &Field<'_>) -> Result<Vec<Expected>, BadCase> {
    let expected = |field: Field<'_>| {
        if field.value().is_string() {
            return Ok(Expected { start: field.instant()?, hosts: None });
        }
        let fields = field.fields()?;
        let hosts = fields.get(&["hosts"]).map(|hosts| {
            hosts.items()?.iter().map(|host| host.text().map(str::to_owned)).collect::<Result<Vec<_>, _>>()
        });
        Ok(Expected { start: fields.required(&["start"])?.instant()?, hosts: hosts.transpose()? })
    };
    field.items()?.into_iter().map(expected).collect()
}

fn dates(field: &Field<'_>) -> Result<BTreeMap<NaiveDate, Vec<DateTime<FixedOffset>>>, BadCase> {
    let date = |(name, starts): (&str, Field<'_>)| {
        let date = parse_date(name).ok_or_else(|| field.must("have dates as YYYY-MM-DD only"))?;
        let start = |field: &Field<'_>| {
            let rule = "be an RFC 3339 time with its offset such as 2027-01-12T09:00:00+01:00";
            DateTime::parse_from_rfc3339(field.text()?).map_err(|_| field.must(rule))
        };
        Ok((date, starts.items()?.iter().map(start).collect::<Result<_, _>>()?))
    };
    field.fields()?.each().map(date).collect()
}

impl Case {
    /// How an answer differs from what the case expects, in a sentence each; empty if it does not, or if the case expects
    /// nothing.
    pub fn differences(&self, answer: &[Choice]) -> Vec<String> {
        let Some(expectation) = &self.expectation else { return Vec::new() };
        let expected: BTreeMap<Instant, _> = expectation.starts.iter().map(|e| (e.start, e.hosts.as_ref())).collect();
        let offered: BTreeMap<Instant, _> = answer.iter().map(|choice| (choice.start, &choice.hosts)).collect();
        let mut differences = Vec::new();
        let missing = expected.keys().filter(|start| !offered.contains_key(start));
        differences.extend(sentence("expected, but not offered", missing));
        let unexpected = offered.keys().filter(|start| !expected.contains_key(start));
        differences.extend(sentence("offered, but not expected", unexpected));
        for (start, hosts) in &offered {
            if let Some(Some(expected)) = expected.get(start)
                && !same_members(hosts, expected)
            {
                let (start, hosts, expected) = (text(start), hosts.join(", "), expected.join(", "));
                differences.push(format!("at {start} free: {hosts}; expected: {expected}"));
            }
        }
        differences.extend(expectation.by_guest_date.as_ref().and_then(|dates| dates.difference(answer)));
        differences
    }
}

impl GuestDates {
    fn difference(&self, answer: &[Choice]) -> Option<String> {
        let mut dates: BTreeMap<NaiveDate, Vec<DateTime<FixedOffset>>> = BTreeMap::new();
        for choice in answer {
            let local = self.zone.with_offset(choice.start);
            dates.entry(local.date_naive()).or_default().push(local);
        }
        let written = |dates: &BTreeMap<_, Vec<DateTime<FixedOffset>>>| -> Vec<(NaiveDate, Vec<String>)> {
            // Equal instants may have different offsets, so texts are compared.
            let texts = |(date, starts): (&NaiveDate, &Vec<DateTime<FixedOffset>>)| {
                (*date, starts.iter().map(DateTime::to_rfc3339).collect())
            };
            dates.iter().filter(|(_, starts)| !starts.is_empty()).map(texts).collect()
        };
        (written(&dates) != written(&self.dates)).then(|| {
            let (offered, expected) = (written(&dates), written(&self.dates));
            format!("by date in {}: offered {offered:?}; expected {expected:?}", self.zone)
        })
    }
}

fn sentence<'a>(what: &str, starts: impl Iterator<Item = &'a Instant>) -> Option<String> {
    let starts: Vec<String> = starts.map(text).collect();
    let mut sentence = format!("{what}: {}", starts[..starts.len().min(MOST_NAMED)].join(", "));
    if let more @ 1.. = starts.len().saturating_sub(MOST_NAMED) {
        let _ = write!(sentence, " and {more} more");
    }
    (!starts.is_empty()).then_some(sentence)
}

fn same_members(ours: &[String], theirs: &[String]) -> bool {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort_unstable();
        names
    };
    sorted(ours) == sorted(theirs)
}

fn text(start: &Instant) -> String {
    start.to_rfc3339_opts(SecondsFormat::Secs, true)
}
