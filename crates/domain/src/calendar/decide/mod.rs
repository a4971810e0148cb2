//! What a calendar answers to a command: the events it causes, or the rule it breaks.

mod changes;
mod meeting_types;
pub(super) mod request;
pub(super) mod reschedule;
mod schedules;
pub(super) mod series;
#[cfg(test)]
mod tests;

use super::HostCalendar;
use super::command::CalendarCommand;
use super::event::{CalendarEvent, CalendarOpened, TimeZoneChanged, TimeZoneChangesAnnounced};
use super::refusal::Refusal;
use super::together::Calendars;
use crate::ids::ScheduleId;
use crate::meeting_type::BrokenRule;
use crate::schedule::Hours;
use crate::text::Name;
use crate::time::Instant;
use crate::zone::{TimeZoneChange, Zone};

/// Announced stays in other zones at most.
const MAX_TIME_ZONE_CHANGES: usize = 100;

impl HostCalendar {
    /// The events that a command causes now, or why it is refused. An empty list means that nothing needs to change.
    pub fn decide(&self, command: &CalendarCommand, now: Instant) -> Result<Vec<CalendarEvent>, Refusal> {
        use CalendarCommand as C;
        if let Some(team) = self.team() {
            let effects = self.decide_as_team(team, command, &Calendars::new(), now)?;
            return Ok(effects.into_values().next().unwrap_or_default());
        }
        if let C::OpenCalendar { time_zone, schedule_id } = command {
            return Ok(self.open(time_zone, *schedule_id, now));
        }
        if let C::FormTeam { members, .. } = command {
            return Err(Refusal::NeedsCalendars(members.iter().map(|member| member.host_id).collect()));
        }
        if !self.is_open() {
            return Err(Refusal::CalendarNotOpen);
        }
        match command {
            C::OpenCalendar { .. } | C::FormTeam { .. } => Ok(Vec::new()),
            C::ChangeTeam { .. } | C::ChangeTeamMembers { .. } | C::DisbandTeam => Err(Refusal::TeamNotFound),
            C::ChangeTimeZone { time_zone } => Ok(self.change_time_zone(time_zone)),
            C::AnnounceTimeZoneChanges { time_zone_changes } => self.announce_time_zone_changes(time_zone_changes),
            C::AddSchedule { schedule_id, name, hours, is_default } => {
                self.add_schedule(*schedule_id, name, hours, *is_default)
            }
            C::ChangeSchedule { schedule_id, name, hours, is_default } => {
                self.change_schedule(*schedule_id, name, hours, *is_default)
            }
            C::RemoveSchedule { schedule_id } => self.remove_schedule(*schedule_id),
            C::ReplaceWeeklyRules { rules } => self.replace_weekly_rules(rules),
            C::AddWeeklyRule { rule } => self.add_weekly_rule(*rule),
            C::SetDateOverride { date, windows } => self.set_date_override(*date, windows),
            C::RemoveDateOverride { date } => self.remove_date_override(*date),
            C::AddMeetingType { meeting_type } => self.add_meeting_type(meeting_type),
            C::ChangeMeetingType { meeting_type } => self.change_meeting_type(meeting_type),
            C::RemoveMeetingType { meeting_type_id } => self.remove_meeting_type(*meeting_type_id),
            C::RequestBooking(request) => self.request_booking(request, now),
            C::RequestSeries(request) => self.request_series(request, now),
            C::RescheduleBooking { .. }
            | C::CancelBooking { .. }
            | C::ConfirmBooking { .. }
            | C::DeclineBooking { .. }
            | C::ExpireBooking { .. }
            | C::MarkNoShow { .. } => self.change_booking(command, now),
        }
    }

    fn open(&self, time_zone: &Zone, schedule_id: ScheduleId, now: Instant) -> Vec<CalendarEvent> {
        if self.is_open() {
            return Vec::new();
        }
        let schedule_name = Name::parse("Working hours").expect("a short plain name");
        let opened = CalendarOpened {
            time_zone: time_zone.clone(),
            schedule_id,
            schedule_name,
            hours: Hours::office(),
            opened_at: now,
        };
        vec![opened.into()]
    }

    fn change_time_zone(&self, time_zone: &Zone) -> Vec<CalendarEvent> {
        if self.availability.settings.zones.home == *time_zone {
            return Vec::new();
        }
        vec![TimeZoneChanged { time_zone: time_zone.clone() }.into()]
    }

    fn announce_time_zone_changes(&self, changes: &[TimeZoneChange]) -> Result<Vec<CalendarEvent>, Refusal> {
        let field = "time_zone_changes";
        if changes.len() > MAX_TIME_ZONE_CHANGES {
            return Err(Refusal::Invalid(vec![BrokenRule::new(field, "must have at most 100 entries")]));
        }
        if changes.iter().any(|change| change.to_date.is_some_and(|to| to < change.from_date)) {
            return Err(Refusal::Invalid(vec![BrokenRule::new(field, "must have to_date on or after from_date")]));
        }
        if self.availability.settings.zones.changes == changes {
            return Ok(Vec::new());
        }
        Ok(vec![TimeZoneChangesAnnounced { time_zone_changes: changes.to_vec() }.into()])
    }
}
