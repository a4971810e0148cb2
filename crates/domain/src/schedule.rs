//! Working hours: weekly rules and date overrides on the host's wall clock (V1, V2).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// Windows at most on one day; more is refused at the edge.
pub const MAX_WINDOWS_PER_DAY: usize = 24;
/// Overrides at most in one schedule (over two years of single days).
pub const MAX_OVERRIDES: usize = 800;

/// A time on the wall clock with minute precision, from `00:00` to `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime(u16);

impl LocalTime {
    /// The end of a day, `24:00`.
    pub const MIDNIGHT_END: Self = Self(24 * 60);

    /// The time of day so many minutes after midnight, or `None` above `24:00`.
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes <= 24 * 60 { Some(Self(minutes)) } else { None }
    }

    /// Minutes since midnight, 0 to 1440.
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

/// A time of day that is not `HH:MM` between `00:00` and `24:00`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a time of day as HH:MM, from 00:00 to 24:00")]
pub struct NotATimeOfDay;

impl FromStr for LocalTime {
    type Err = NotATimeOfDay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |part: &str| match part.as_bytes() {
            [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => Ok(u16::from(a - b'0') * 10 + u16::from(b - b'0')),
            _ => Err(NotATimeOfDay),
        };
        let (hours, minutes) = text.split_once(':').ok_or(NotATimeOfDay)?;
        let (hours, minutes) = (digits(hours)?, digits(minutes)?);
        if minutes > 59 {
            return Err(NotATimeOfDay);
        }
        Self::from_minutes(hours * 60 + minutes).ok_or(NotATimeOfDay)
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl TryFrom<String> for LocalTime {
    type Error = NotATimeOfDay;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        time.to_string()
    }
}

/// Hours within one host-local date; an end at or before the start runs into the next date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// When the window opens.
    pub start_time: LocalTime,
    /// When it closes.
    pub end_time: LocalTime,
}

/// Day of the week as the API counts it: 0 is Sunday, 6 is Saturday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct DayOfWeek(u8);

impl DayOfWeek {
    /// The day with this number, 0 (Sunday) to 6 (Saturday).
    pub const fn from_number(number: u8) -> Option<Self> {
        if number < 7 { Some(Self(number)) } else { None }
    }

    /// 0 (Sunday) to 6 (Saturday).
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl From<Weekday> for DayOfWeek {
    fn from(day: Weekday) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "0 to 6")]
        Self(day.num_days_from_sunday() as u8)
    }
}

impl TryFrom<u8> for DayOfWeek {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Self::from_number(number).ok_or("must be a day of the week from 0 (Sunday) to 6 (Saturday)")
    }
}

impl From<DayOfWeek> for u8 {
    fn from(day: DayOfWeek) -> Self {
        day.0
    }
}

/// One window of every week; several may share a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeeklyRule {
    /// The day on which the window starts.
    pub day_of_week: DayOfWeek,
    /// When the window opens.
    pub start_time: LocalTime,
    /// When it closes.
    pub end_time: LocalTime,
    /// A rule that is switched off offers nothing.
    #[serde(default = "active")]
    pub is_active: bool,
}

const fn active() -> bool {
    true
}

impl WeeklyRule {
    /// The rule's window.
    pub const fn window(&self) -> Window {
        Window { start_time: self.start_time, end_time: self.end_time }
    }
}

/// Weekly rules and the dates that differ from them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The ordinary week.
    pub rules: Vec<WeeklyRule>,
    /// Dates with hours of their own; an empty list closes the date. Replaces every weekly window that starts on it.
    pub overrides: BTreeMap<NaiveDate, Vec<Window>>,
}

impl Hours {
    /// Monday to Friday, 09:00 to 17:00: the hours of a new host.
    pub fn office() -> Self {
        let rule = |day| WeeklyRule {
            day_of_week: DayOfWeek(day),
            start_time: LocalTime(9 * 60),
            end_time: LocalTime(17 * 60),
            is_active: true,
        };
        Self { rules: (1..=5).map(rule).collect(), overrides: BTreeMap::new() }
    }
}
