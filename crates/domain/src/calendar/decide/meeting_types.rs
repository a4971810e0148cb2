//! Meeting types (B1, V3).

use crate::calendar::HostCalendar;
use crate::calendar::event::{CalendarEvent, MeetingTypeAdded, MeetingTypeChanged, MeetingTypeRemoved};
use crate::calendar::refusal::Refusal;
use crate::ids::MeetingTypeId;
use crate::meeting_type::{BrokenRule, MeetingType};

/// Meeting types of one host at most, without those of teams.
const MAX_MEETING_TYPES: usize = 200;
/// Meeting types of one team at most: every member's calendar holds a copy of each.
const MAX_MEETING_TYPES_OF_A_TEAM: usize = 50;

impl HostCalendar {
    /// Checks a meeting type that whose calendar this is would offer.
    fn check_meeting_type(&self, meeting_type: &MeetingType) -> Result<(), Refusal> {
        let mut broken = meeting_type.broken_rules();
        let settings = &self.availability.settings;
        if meeting_type.schedule_id.is_some_and(|id| settings.schedule(id).is_none()) {
            broken.push(BrokenRule::new("schedule_id", "must be one of your schedules"));
        }
        if meeting_type.team_id != self.team().map(|team| team.id) {
            broken.push(BrokenRule::new("team_id", "must be the team that offers it, and left out by a host"));
        }
        if !broken.is_empty() {
            return Err(Refusal::Invalid(broken));
        }
        match settings.meeting_type_by_slug(meeting_type.slug.as_str()) {
            Some(other) if other.id != meeting_type.id => Err(Refusal::SlugTaken),
            _ => Ok(()),
        }
    }

    /// A meeting type that whose calendar this is may change.
    fn own_meeting_type(&self, id: MeetingTypeId) -> Result<&MeetingType, Refusal> {
        let meeting_type = self.availability.settings.meeting_type(id).ok_or(Refusal::MeetingTypeNotFound)?;
        match meeting_type.team_id {
            Some(team) if self.team().is_none_or(|own| own.id != team) => Err(Refusal::BelongsToTeam(team)),
            _ => Ok(meeting_type),
        }
    }

    pub(in crate::calendar) fn add_meeting_type(
        &self,
        meeting_type: &MeetingType,
    ) -> Result<Vec<CalendarEvent>, Refusal> {
        self.check_meeting_type(meeting_type)?;
        let most = if self.team().is_some() { MAX_MEETING_TYPES_OF_A_TEAM } else { MAX_MEETING_TYPES };
        if self.availability.settings.own_meeting_types().count() >= most {
            let rule = format!("must be at most {most}");
            return Err(Refusal::Invalid(vec![BrokenRule::new("meeting_types", rule)]));
        }
        Ok(vec![MeetingTypeAdded { meeting_type: meeting_type.clone() }.into()])
    }

    pub(in crate::calendar) fn change_meeting_type(
        &self,
        meeting_type: &MeetingType,
    ) -> Result<Vec<CalendarEvent>, Refusal> {
        let before = self.own_meeting_type(meeting_type.id)?;
        self.check_meeting_type(meeting_type)?;
        if before == meeting_type {
            return Ok(Vec::new());
        }
        Ok(vec![MeetingTypeChanged { meeting_type: meeting_type.clone() }.into()])
    }

    pub(in crate::calendar) fn remove_meeting_type(
        &self,
        meeting_type_id: MeetingTypeId,
    ) -> Result<Vec<CalendarEvent>, Refusal> {
        self.own_meeting_type(meeting_type_id)?;
        Ok(vec![MeetingTypeRemoved { meeting_type_id }.into()])
    }
}
