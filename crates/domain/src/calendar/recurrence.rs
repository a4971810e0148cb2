//! Meetings that come again: a rule on the host's wall clock (B7).

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::meeting_type::BrokenRule;
use crate::time::{Instant, instant};
use crate::zone::HostZones;

/// What is counted between two meetings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// Days.
    Daily,
    /// Weeks.
    Weekly,
}

/// How a meeting is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recurrence {
    /// What is counted.
    pub frequency: Frequency,
    /// How many of them lie between two meetings, 1 to 12.
    pub interval: u16,
    /// How many meetings there are, 2 to 52.
    pub count: u16,
}

impl Recurrence {
    /// Every rule that the recurrence breaks.
    pub fn broken_rules(&self) -> Vec<BrokenRule> {
        [
            ("recurrence.interval", (1..=12).contains(&self.interval), "must be from 1 to 12"),
            ("recurrence.count", (2..=52).contains(&self.count), "must be from 2 to 52"),
        ]
        .into_iter()
        .filter(|(_, kept, _)| !kept)
        .map(|(field, _, rule)| BrokenRule::new(field, rule))
        .collect()
    }

    /// When the meetings start: each at the time of day of the first one on the host's wall clock of its date. Where the clock
    /// skips that time it is the moment of the change, where it shows it twice the earlier one (S1).
    pub fn starts(&self, first: Instant, zones: &HostZones) -> Vec<Instant> {
        let date = zones.date_of(first);
        let reading = zones.on(date).with_offset(first).time();
        let step = u64::from(self.interval) * if self.frequency == Frequency::Weekly { 7 } else { 1 };
        let start = |time: u64| -> Option<Instant> {
            let date: NaiveDate = date.checked_add_days(Days::new(step * time))?;
            Some(instant(zones.on(date).first_at(date, reading)))
        };
        let later = (1..u64::from(self.count)).filter_map(start);
        std::iter::once(first).chain(later).collect()
    }
}
