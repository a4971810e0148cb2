//! Which hours open a start, or fail to.

use super::{Cause, Question, Reason, ScheduleInUse, reason};
use crate::schedule::{WeeklyRule, Window};
use crate::slots::{Opening, openings};
use crate::time::Interval;

const WEEKDAYS: [&str; 7] = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];

impl Question<'_> {
    /// The hours that the meeting lies in.
    pub(super) fn opened_by(&self) -> Vec<Reason> {
        let openings = self.meeting().map_or_else(Vec::new, |meeting| self.openings(meeting));
        openings.iter().map(|opening| self.opened(opening)).collect()
    }

    fn openings(&self, span: Interval) -> Vec<Opening> {
        openings(self.asked.zones, self.asked.hours, span)
    }

    fn opened(&self, opening: &Opening) -> Reason {
        let (date, hours) = (opening.date, text(opening.window));
        if opening.is_override {
            return reason("open", format!("the hours of {date} are {hours}"), self.override_on(date));
        }
        let day = day_of(date);
        let rules = &self.asked.hours.rules;
        let rule = rules
            .iter()
            .find(|r| r.is_active && usize::from(r.day_of_week.number()) == day && r.window() == opening.window);
        let message = format!("the hours on {} are {hours}", WEEKDAYS[day]);
        reason("open", message, Cause::WeeklyRules { schedule: self.schedule(), date, rule: rule.copied() })
    }

    /// Why there are no hours at the start: what holds on its host-local date, and whose clock.
    pub(super) fn outside_hours(&self) -> Vec<Reason> {
        let date = self.date();
        let day = day_of(date);
        let own = self.asked.hours.overrides.get(&date);
        let rules = self.asked.hours.rules.iter().filter(|r| r.is_active && usize::from(r.day_of_week.number()) == day);
        let weekly: Vec<Window> = rules.map(WeeklyRule::window).collect();
        let zones = self.asked.zones;
        let (message, cause) = match own.map(Vec::as_slice) {
            Some([]) => (format!("{date} is closed"), self.override_on(date)),
            Some(windows) => (format!("the hours of {date} are {}", list(windows)), self.override_on(date)),
            None => {
                let cause = Cause::WeeklyRules { schedule: self.schedule(), date, rule: None };
                let hours = if weekly.is_empty() { "none".to_owned() } else { list(&weekly) };
                (format!("the hours on {} are {hours}", WEEKDAYS[day]), cause)
            }
        };
        let mut reasons = vec![reason("outside_hours", message, cause)];
        if zones.on(date) != &zones.home {
            let message = format!("on {date} the host's clock is that of {}", zones.on(date));
            reasons.push(reason("time_zone_change", message, Cause::TimeZones));
        }
        reasons
    }

    fn schedule(&self) -> ScheduleInUse {
        let settings = &self.availability.settings;
        let named = self.meeting_type.schedule_id.is_some_and(|id| settings.schedule(id).is_some());
        ScheduleInUse { id: settings.schedule_of(self.meeting_type).map(|schedule| schedule.id), by_default: !named }
    }

    fn override_on(&self, date: chrono::NaiveDate) -> Cause {
        Cause::DateOverride { schedule: self.schedule(), date }
    }
}

/// 0 for Sunday to 6 for Saturday.
fn day_of(date: chrono::NaiveDate) -> usize {
    usize::from(crate::schedule::DayOfWeek::from(chrono::Datelike::weekday(&date)).number())
}

fn text(window: Window) -> String {
    format!("{} to {}", window.start_time, window.end_time)
}

fn list(windows: &[Window]) -> String {
    windows.iter().map(|window| text(*window)).collect::<Vec<_>>().join(" and ")
}
