//! Working hours as a case writes them.

use super::BadCase;
use super::field::{Field, Fields, parse_date};
use crate::schedule::{DayOfWeek, Hours, LocalTime, WeeklyRule, Window};

/// Days by the first three letters of their names, from Sunday, number 0, on.
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Weekly windows by day, and overrides by date.
pub(super) fn hours(fields: &Fields<'_>) -> Result<Hours, BadCase> {
    let mut hours = Hours::default();
    if let Some(weekly) = fields.get(&["weekly"]) {
        for (name, day) in weekly.fields()?.each() {
            let day_of_week = day_of_week(name).ok_or_else(|| weekly.must("have the days mon to sun only"))?;
            let rule =
                |Window { start_time, end_time }| WeeklyRule { day_of_week, start_time, end_time, is_active: true };
            hours.rules.extend(windows(&day)?.into_iter().map(rule));
        }
    }
    if let Some(overrides) = fields.get(&["overrides"]) {
        for (name, date) in overrides.fields()?.each() {
            let key = parse_date(name).ok_or_else(|| overrides.must("have dates as YYYY-MM-DD only"))?;
            hours.overrides.insert(key, windows(&date)?);
        }
    }
    Ok(hours)
}

fn day_of_week(name: &str) -> Option<DayOfWeek> {
    let number = DAYS.iter().position(|day| name.to_ascii_lowercase().starts_with(day))?;
    u8::try_from(number).ok().and_then(DayOfWeek::from_number)
}

/// The windows of a day or date: `[["09:00", "12:00"], …]`; null is closed, like an empty list.
fn windows(field: &Field<'_>) -> Result<Vec<Window>, BadCase> {
    if field.value().is_null() {
        return Ok(Vec::new());
    }
    field.items()?.iter().map(window).collect()
}

fn window(field: &Field<'_>) -> Result<Window, BadCase> {
    let (start, end) = field.pair(&["start_time", "start", "from"], &["end_time", "end", "to"])?;
    let window = Window { start_time: start.time_of_day()?, end_time: end.time_of_day()? };
    if window.start_time == LocalTime::MIDNIGHT_END { Err(start.must("be before 24:00")) } else { Ok(window) }
}
