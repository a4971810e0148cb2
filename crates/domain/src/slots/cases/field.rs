//! Typed access to a case's JSON; every refusal names case, field and rule.

use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use super::BadCase;
use crate::schedule::LocalTime;
use crate::time::{Instant, Interval};
use crate::zone::Zone;

/// A value with its place in a case.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    case: &'a str,
    path: String,
    value: &'a Value,
}

/// An object's fields. Where several objects are laid over one another, the first that has a field counts.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    case: &'a str,
    layers: Vec<(String, &'a Map<String, Value>)>,
}

impl<'a> Field<'a> {
    pub(super) fn root(case: &'a str, value: &'a Value) -> Self {
        Self { case, path: String::new(), value }
    }

    /// A refusal of this field.
    pub(super) fn must(&self, rule: impl Into<String>) -> BadCase {
        let field = if self.path.is_empty() { "the case".to_owned() } else { self.path.clone() };
        BadCase::Field { case: self.case.to_owned(), field, rule: format!("must {}", rule.into()) }
    }

    pub(super) const fn value(&self) -> &'a Value {
        self.value
    }

    pub(super) fn fields(&self) -> Result<Fields<'a>, BadCase> {
        let fields = self.value.as_object().ok_or_else(|| self.must("be an object"))?;
        Ok(Fields { case: self.case, layers: vec![(self.path.clone(), fields)] })
    }

    pub(super) fn items(&self) -> Result<Vec<Self>, BadCase> {
        let items = self.value.as_array().ok_or_else(|| self.must("be a list"))?;
        let item = |(at, value)| Self { case: self.case, path: format!("{}[{at}]", self.path), value };
        Ok(items.iter().enumerate().map(item).collect())
    }

    pub(super) fn text(&self) -> Result<&'a str, BadCase> {
        self.value.as_str().ok_or_else(|| self.must("be a text"))
    }

    pub(super) fn flag(&self) -> Result<bool, BadCase> {
        self.value.as_bool().ok_or_else(|| self.must("be true or false"))
    }

    pub(super) fn number<T: TryFrom<u64>>(&self, range: RangeInclusive<u64>) -> Result<T, BadCase> {
        let number =
            self.value.as_u64().filter(|number| range.contains(number)).and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| self.must(format!("be a whole number from {} to {}", range.start(), range.end())))
    }

    pub(super) fn zone(&self) -> Result<Zone, BadCase> {
        self.text()?.parse().map_err(|_| self.must("be a known IANA time zone such as Europe/Berlin"))
    }

    pub(super) fn time_of_day(&self) -> Result<LocalTime, BadCase> {
        LocalTime::from_str(self.text()?).map_err(|_| self.must("be a time of day as HH:MM, from 00:00 to 24:00"))
    }

    pub(super) fn date(&self) -> Result<NaiveDate, BadCase> {
        parse_date(self.text()?).ok_or_else(|| self.must("be a date as YYYY-MM-DD"))
    }

    pub(super) fn instant(&self) -> Result<Instant, BadCase> {
        let instant = DateTime::parse_from_rfc3339(self.text()?).ok().map(|instant| instant.with_timezone(&Utc));
        let instant = instant.filter(|instant| Interval::EVER.contains_second(instant.timestamp()));
        instant.ok_or_else(|| self.must("be an RFC 3339 instant such as 2027-01-12T08:00:00Z"))
    }

    /// A stretch of time: `{start, end}` or `[start, end]`. A second of which it holds a part it holds whole.
    pub(super) fn interval(&self) -> Result<Interval, BadCase> {
        let (start, end) = self.pair(&["start", "from"], &["end", "to"])?;
        let interval = Interval::new(start.instant()?.timestamp(), whole_second(end.instant()?));
        interval.ok_or_else(|| self.must("end after it starts"))
    }

    /// The two ends of something: in an object by one of their names, or in a list of two.
    pub(super) fn pair(&self, first: &[&str], second: &[&str]) -> Result<(Self, Self), BadCase> {
        if self.value.is_array() {
            let ends: [Self; 2] = self.items()?.try_into().map_err(|_| self.must("have two entries"))?;
            return Ok(ends.into());
        }
        let fields = self.fields()?;
        Ok((fields.required(first)?, fields.required(second)?))
    }
}

impl<'a> Fields<'a> {
    /// These fields laid over those of `below`.
    pub(super) fn over(mut self, below: &Self) -> Self {
        self.layers.extend(below.layers.iter().cloned());
        self
    }

    /// The field with one of these names, if it is there and not null.
    pub(super) fn get(&self, names: &[&str]) -> Option<Field<'a>> {
        let found = self.layers.iter().find_map(|(path, fields)| {
            names
                .iter()
                .find_map(|name| fields.get(*name).filter(|value| !value.is_null()).map(|value| (path, *name, value)))
        });
        found.map(|(path, name, value)| Field { case: self.case, path: join(path, name), value })
    }

    /// The field with one of these names; the first one stands for them all in the refusal.
    pub(super) fn required(&self, names: &[&str]) -> Result<Field<'a>, BadCase> {
        self.get(names).ok_or_else(|| {
            let field = join(self.layers.first().map_or("", |(path, _)| path), names.first().unwrap_or(&"?"));
            BadCase::Field { case: self.case.to_owned(), field, rule: "must be given".to_owned() }
        })
    }

    /// The entries of a list that may be left out.
    pub(super) fn list(&self, names: &[&str]) -> Result<Vec<Field<'a>>, BadCase> {
        self.get(names).map_or_else(|| Ok(Vec::new()), |field| field.items())
    }

    /// Every field by name, each with its value; null included.
    pub(super) fn each(&self) -> impl Iterator<Item = (&'a str, Field<'a>)> {
        self.layers.iter().flat_map(|(path, fields)| {
            fields.iter().map(|(name, value)| (name.as_str(), Field { case: self.case, path: join(path, name), value }))
        })
    }
}

/// The first whole second that is not before an instant.
pub(super) fn whole_second(instant: Instant) -> i64 {
    instant.timestamp() + i64::from(instant.timestamp_subsec_nanos() > 0)
}

/// A date written as YYYY-MM-DD and in no other way.
pub(super) fn parse_date(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (date.to_string() == text && !text.starts_with("0000") && text < "9998-12-31").then_some(date)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
