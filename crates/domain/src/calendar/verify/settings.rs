//! Settings and meeting types, judged by their own rules.

use chrono::DateTime;

use super::{Verdict, Violation, first_of, must};
use crate::calendar::HostCalendar;
use crate::calendar::command::CalendarCommand;
use crate::calendar::event::CalendarEvent;
use crate::calendar::refusal::Refusal;
use crate::ids::TeamId;

impl HostCalendar {
    pub(super) fn verify_settings(&self, event: &CalendarEvent) -> Verdict {
        use CalendarCommand as C;
        use CalendarEvent as E;
        let command = match event.clone() {
            E::CalendarOpened(e) => C::OpenCalendar { time_zone: e.time_zone, schedule_id: e.schedule_id },
            E::TimeZoneChanged(e) => C::ChangeTimeZone { time_zone: e.time_zone },
            E::TimeZoneChangesAnnounced(e) => C::AnnounceTimeZoneChanges { time_zone_changes: e.time_zone_changes },
            E::ScheduleAdded(e) => {
                must(self.availability.settings.schedule(e.schedule_id).is_none())?;
                C::AddSchedule { schedule_id: e.schedule_id, name: e.name, hours: e.hours, is_default: false }
            }
            E::ScheduleChanged(e) => {
                C::ChangeSchedule { schedule_id: e.schedule_id, name: e.name, hours: e.hours, is_default: false }
            }
            E::ScheduleRemoved(e) => C::RemoveSchedule { schedule_id: e.schedule_id },
            E::WeeklyRulesReplaced(e) => C::ReplaceWeeklyRules { rules: e.rules },
            E::DateOverrideSet(e) => C::SetDateOverride { date: e.date, windows: e.windows },
            E::DateOverrideRemoved(e) => C::RemoveDateOverride { date: e.date },
            E::DefaultScheduleChosen(e) => {
                let settings = &self.availability.settings;
                settings.schedule(e.schedule_id).ok_or(Refusal::ScheduleNotFound)?;
                return must(settings.default_schedule != Some(e.schedule_id));
            }
            _ => return Err(Violation::Unfounded),
        };
        // Only a calendar that opens says when; nothing else here depends on it.
        let now = if let E::CalendarOpened(e) = event { e.opened_at } else { DateTime::UNIX_EPOCH };
        first_of(&self.decide(&command, now)?, event)
    }

    pub(super) fn verify_offer(&self, event: &CalendarEvent) -> Verdict {
        use CalendarEvent as E;
        let known = |id| self.availability.settings.meeting_type(id);
        if !self.is_open() {
            return Err(Refusal::CalendarNotOpen.into());
        }
        match event {
            E::MeetingTypeAdded(e) => {
                must(known(e.meeting_type.id).is_none())?;
                match e.meeting_type.team_id.filter(|team| self.is_copy_of(*team)) {
                    Some(team) => self.must_be_in(team),
                    None => first_of(&self.add_meeting_type(&e.meeting_type)?, event),
                }
            }
            E::MeetingTypeChanged(e) => match e.meeting_type.team_id.filter(|team| self.is_copy_of(*team)) {
                Some(team) => {
                    let before = known(e.meeting_type.id).ok_or(Refusal::MeetingTypeNotFound)?;
                    must(before.team_id == Some(team) && *before != e.meeting_type)?;
                    self.must_be_in(team)
                }
                None => first_of(&self.change_meeting_type(&e.meeting_type)?, event),
            },
            E::MeetingTypeRemoved(e) => {
                let before = known(e.meeting_type_id).ok_or(Refusal::MeetingTypeNotFound)?;
                match before.team_id.filter(|team| self.is_copy_of(*team)) {
                    Some(team) => self.must_be_in(team),
                    None => first_of(&self.remove_meeting_type(e.meeting_type_id)?, event),
                }
            }
            _ => Err(Violation::Unfounded),
        }
    }

    /// Whether a type of this team is a copy here.
    fn is_copy_of(&self, team: TeamId) -> bool {
        self.team().is_none_or(|own| own.id != team)
    }

    fn must_be_in(&self, team: TeamId) -> Verdict {
        if self.availability.settings.teams.contains(&team) { Ok(()) } else { Err(Refusal::TeamNotFound.into()) }
    }
}
