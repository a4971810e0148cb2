//! Schedules, weekly rules and date overrides (V1, V2).

use chrono::NaiveDate;

use crate::availability::Schedule;
use crate::calendar::HostCalendar;
use crate::calendar::event::{
    CalendarEvent, DateOverrideRemoved, DateOverrideSet, DefaultScheduleChosen, ScheduleAdded, ScheduleChanged,
    ScheduleRemoved, WeeklyRulesReplaced,
};
use crate::calendar::refusal::Refusal;
use crate::ids::ScheduleId;
use crate::meeting_type::BrokenRule;
use crate::schedule::{Hours, MAX_OVERRIDES, MAX_WINDOWS_PER_DAY, WeeklyRule, Window};
use crate::text::Name;

/// Schedules of one host at most.
const MAX_SCHEDULES: usize = 50;
/// Weekly rules of one schedule at most.
const MAX_RULES: usize = 7 * MAX_WINDOWS_PER_DAY;

type Decision = Result<Vec<CalendarEvent>, Refusal>;

fn invalid(field: &'static str, rule: &'static str) -> Refusal {
    Refusal::Invalid(vec![BrokenRule::new(field, rule)])
}

fn check(hours: &Hours) -> Result<(), Refusal> {
    check_rules(&hours.rules)?;
    if hours.overrides.len() > MAX_OVERRIDES {
        return Err(invalid("overrides", "must have at most 800 dates"));
    }
    hours.overrides.values().try_for_each(|windows| check_windows("overrides", windows))
}

fn check_rules(rules: &[WeeklyRule]) -> Result<(), Refusal> {
    if rules.len() > MAX_RULES { Err(invalid("rules", "must have at most 168 entries")) } else { Ok(()) }
}

fn check_windows(field: &'static str, windows: &[Window]) -> Result<(), Refusal> {
    if windows.len() > MAX_WINDOWS_PER_DAY { Err(invalid(field, "must have at most 24 windows a day")) } else { Ok(()) }
}

impl HostCalendar {
    fn schedule(&self, id: ScheduleId) -> Result<&Schedule, Refusal> {
        self.availability.settings.schedule(id).ok_or(Refusal::ScheduleNotFound)
    }

    fn default_schedule(&self) -> Result<&Schedule, Refusal> {
        self.availability.settings.default_schedule().ok_or(Refusal::ScheduleNotFound)
    }

    fn is_default(&self, id: ScheduleId) -> bool {
        self.availability.settings.default_schedule == Some(id)
    }

    pub(super) fn add_schedule(
        &self,
        schedule_id: ScheduleId,
        name: &Name,
        hours: &Hours,
        is_default: bool,
    ) -> Decision {
        check(hours)?;
        if self.availability.settings.schedules.len() >= MAX_SCHEDULES {
            return Err(invalid("schedules", "a host has at most 50 schedules"));
        }
        let mut events = vec![ScheduleAdded { schedule_id, name: name.clone(), hours: hours.clone() }.into()];
        if is_default {
            events.push(DefaultScheduleChosen { schedule_id }.into());
        }
        Ok(events)
    }

    pub(super) fn change_schedule(
        &self,
        schedule_id: ScheduleId,
        name: &Name,
        hours: &Hours,
        is_default: bool,
    ) -> Decision {
        let schedule = self.schedule(schedule_id)?;
        check(hours)?;
        let mut events = Vec::new();
        if (&schedule.name, &schedule.hours) != (name, hours) {
            events.push(ScheduleChanged { schedule_id, name: name.clone(), hours: hours.clone() }.into());
        }
        if is_default && !self.is_default(schedule_id) {
            events.push(DefaultScheduleChosen { schedule_id }.into());
        }
        Ok(events)
    }

    pub(super) fn remove_schedule(&self, schedule_id: ScheduleId) -> Decision {
        self.schedule(schedule_id)?;
        if self.is_default(schedule_id) {
            return Err(Refusal::ScheduleIsDefault);
        }
        if self.availability.settings.meeting_types.iter().any(|t| t.schedule_id == Some(schedule_id)) {
            return Err(Refusal::ScheduleInUse);
        }
        Ok(vec![ScheduleRemoved { schedule_id }.into()])
    }

    pub(super) fn replace_weekly_rules(&self, rules: &[WeeklyRule]) -> Decision {
        check_rules(rules)?;
        let schedule = self.default_schedule()?;
        if schedule.hours.rules == rules {
            return Ok(Vec::new());
        }
        Ok(vec![WeeklyRulesReplaced { schedule_id: schedule.id, rules: rules.to_vec() }.into()])
    }

    pub(super) fn add_weekly_rule(&self, rule: WeeklyRule) -> Decision {
        let mut rules = self.default_schedule()?.hours.rules.clone();
        if rules.contains(&rule) {
            return Ok(Vec::new());
        }
        rules.push(rule);
        self.replace_weekly_rules(&rules)
    }

    pub(super) fn set_date_override(&self, date: NaiveDate, windows: &[Window]) -> Decision {
        check_windows("windows", windows)?;
        let schedule = self.default_schedule()?;
        let before = schedule.hours.overrides.get(&date);
        if before.is_some_and(|before| before == windows) {
            return Ok(Vec::new());
        }
        if before.is_none() && schedule.hours.overrides.len() >= MAX_OVERRIDES {
            return Err(invalid("date", "a schedule has at most 800 overrides"));
        }
        Ok(vec![DateOverrideSet { schedule_id: schedule.id, date, windows: windows.to_vec() }.into()])
    }

    pub(super) fn remove_date_override(&self, date: NaiveDate) -> Decision {
        let schedule = self.default_schedule()?;
        if !schedule.hours.overrides.contains_key(&date) {
            return Err(Refusal::OverrideNotFound);
        }
        Ok(vec![DateOverrideRemoved { schedule_id: schedule.id, date }.into()])
    }
}
