//! Hours as the API takes and shows them.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use daybook_domain::availability::Schedule;
use daybook_domain::schedule::{Hours, LocalTime, WeeklyRule, Window};
use daybook_domain::text::Name;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::{Answer, Problem};

/// One window of every week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleBody {
    /// The day on which it starts: 0 is Sunday, 6 is Saturday.
    #[schema(value_type = u8, minimum = 0, maximum = 6, example = 1)]
    pub day_of_week: daybook_domain::schedule::DayOfWeek,
    /// When it opens, as `HH:MM` on the host's wall clock.
    #[schema(value_type = String, example = "09:00")]
    pub start_time: LocalTime,
    /// When it closes; `24:00` is the end of the day.
    #[schema(value_type = String, example = "17:00")]
    pub end_time: LocalTime,
    /// A rule that is switched off offers nothing.
    #[serde(default = "active")]
    #[schema(default = true)]
    pub is_active: bool,
}

const fn active() -> bool {
    true
}

/// Hours within one date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowBody {
    /// When it opens, as `HH:MM` on the host's wall clock.
    #[schema(value_type = String, example = "10:00")]
    pub start_time: LocalTime,
    /// When it closes; `24:00` is the end of the day.
    #[schema(value_type = String, example = "12:00")]
    pub end_time: LocalTime,
}

/// A schedule as a host sets it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleRequest {
    /// What the host calls it.
    #[schema(value_type = String, min_length = 1, max_length = 120, example = "Summer")]
    pub name: Name,
    /// Whether meeting types that name no schedule use it. There is always one default.
    #[serde(default)]
    #[schema(default = false)]
    pub is_default: bool,
    /// The ordinary week.
    #[serde(default)]
    pub rules: Vec<RuleBody>,
    /// Dates with hours of their own, `{"YYYY-MM-DD": [windows]}`; an empty list closes the date.
    #[serde(default)]
    pub overrides: BTreeMap<NaiveDate, Vec<WindowBody>>,
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Schedule)]
pub struct ScheduleBody {
    /// Its id.
    pub id: Uuid,
    /// What the host calls it.
    pub name: String,
    /// Whether meeting types that name no schedule use it.
    pub is_default: bool,
    /// The ordinary week.
    pub rules: Vec<RuleBody>,
    /// Dates with hours of their own.
    pub overrides: BTreeMap<NaiveDate, Vec<WindowBody>>,
}

/// The engine knows windows that run past midnight; here they are two, one on each day, so that nobody is open by mistake.
fn in_order(field: impl Fn() -> String, start: LocalTime, end: LocalTime) -> Answer<()> {
    if start < end {
        Ok(())
    } else {
        Err(Problem::invalid(field(), "must be after start_time; end the day with 24:00"))
    }
}

/// A weekly rule, or what it breaks; `prefix` goes before the names of its fields.
pub fn rule(prefix: &str, rule: &RuleBody) -> Answer<WeeklyRule> {
    in_order(|| format!("{prefix}end_time"), rule.start_time, rule.end_time)?;
    let RuleBody { day_of_week, start_time, end_time, is_active } = *rule;
    Ok(WeeklyRule { day_of_week, start_time, end_time, is_active })
}

/// Weekly rules, or what one of them breaks.
pub fn rules(rules: &[RuleBody]) -> Answer<Vec<WeeklyRule>> {
    rules.iter().enumerate().map(|(index, each)| rule(&format!("rules[{index}]."), each)).collect()
}

/// A date that can be meant, or what is wrong with it; `field` names it.
pub fn date(field: impl Into<String>, date: NaiveDate) -> Answer<NaiveDate> {
    // What zone data can be trusted with.
    if (1970..=2200).contains(&date.year()) {
        Ok(date)
    } else {
        Err(Problem::invalid(field, "must be in the years 1970 to 2200"))
    }
}

/// Windows of a date, or the rule that one of them breaks; `field` names the list.
pub fn windows(field: &str, windows: &[WindowBody]) -> Answer<Vec<Window>> {
    let each = |(index, window): (usize, &WindowBody)| {
        in_order(|| format!("{field}[{index}].end_time"), window.start_time, window.end_time)?;
        Ok(Window { start_time: window.start_time, end_time: window.end_time })
    };
    windows.iter().enumerate().map(each).collect()
}

impl ScheduleRequest {
    /// The hours that are asked for.
    pub fn hours(&self) -> Answer<Hours> {
        let dated = |(day, list): (&NaiveDate, &Vec<WindowBody>)| {
            let field = format!("overrides.{day}");
            Ok((date(&field, *day)?, windows(&field, list)?))
        };
        Ok(Hours { rules: rules(&self.rules)?, overrides: self.overrides.iter().map(dated).collect::<Answer<_>>()? })
    }
}

impl From<&WeeklyRule> for RuleBody {
    fn from(rule: &WeeklyRule) -> Self {
        let WeeklyRule { day_of_week, start_time, end_time, is_active } = *rule;
        Self { day_of_week, start_time, end_time, is_active }
    }
}

impl From<&Window> for WindowBody {
    fn from(window: &Window) -> Self {
        Self { start_time: window.start_time, end_time: window.end_time }
    }
}

impl ScheduleBody {
    /// A schedule as it stands.
    pub fn new(schedule: &Schedule, is_default: bool) -> Self {
        let dated = |(date, windows): (&NaiveDate, &Vec<Window>)| (*date, windows.iter().map(Into::into).collect());
        Self {
            id: schedule.id.0,
            name: schedule.name.to_string(),
            is_default,
            rules: schedule.hours.rules.iter().map(Into::into).collect(),
            overrides: schedule.hours.overrides.iter().map(dated).collect(),
        }
    }
}
