//! Changes of zones, schedules and hours.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::ScheduleId;
use crate::schedule::{Hours, WeeklyRule, Window};
use crate::text::Name;
use crate::time::Instant;
use crate::zone::{TimeZoneChange, Zone};

/// Opens a calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalendarOpened {
    /// The host's home zone.
    pub time_zone: Zone,
    /// The first schedule, the default one.
    pub schedule_id: ScheduleId,
    /// Its name.
    pub schedule_name: Name,
    /// Its rules.
    #[serde(flatten)]
    pub hours: Hours,
    /// When.
    pub opened_at: Instant,
}

/// Moves the host's home.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeZoneChanged {
    /// The new home zone.
    pub time_zone: Zone,
}

/// Replaces the announced stays in other zones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeZoneChangesAnnounced {
    /// All of them.
    pub time_zone_changes: Vec<TimeZoneChange>,
}

/// Adds a schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduleAdded {
    /// Its id.
    pub schedule_id: ScheduleId,
    /// Its name.
    pub name: Name,
    /// Its rules and overrides.
    #[serde(flatten)]
    pub hours: Hours,
}

/// Replaces a schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduleChanged {
    /// Its id.
    pub schedule_id: ScheduleId,
    /// Its name.
    pub name: Name,
    /// Its rules and overrides.
    #[serde(flatten)]
    pub hours: Hours,
}

/// Removes a schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduleRemoved {
    /// Its id.
    pub schedule_id: ScheduleId,
}

/// Makes a schedule the default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DefaultScheduleChosen {
    /// Its id.
    pub schedule_id: ScheduleId,
}

/// Replaces a schedule's weekly rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeeklyRulesReplaced {
    /// Which schedule.
    pub schedule_id: ScheduleId,
    /// All rules.
    pub rules: Vec<WeeklyRule>,
}

/// Gives a date hours of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DateOverrideSet {
    /// Which schedule.
    pub schedule_id: ScheduleId,
    /// The date.
    pub date: NaiveDate,
    /// Its hours; none closes it.
    pub windows: Vec<Window>,
}

/// Gives a date its weekly hours back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DateOverrideRemoved {
    /// Which schedule.
    pub schedule_id: ScheduleId,
    /// The date.
    pub date: NaiveDate,
}
