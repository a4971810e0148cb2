//! Meeting types (B1, V3).

use crate::calendar::HostCalendar;
use crate::calendar::event::{CalendarEvent, MeetingTypeAdded, MeetingTypeChanged, MeetingTypeRemoved};
use crate::calendar::refusal::Refusal;
use crate::ids::MeetingTypeId;
use crate::meeting_type::{BrokenRule, MeetingType};

/// Meeting types of one host at most.
const MAX_MEETING_TYPES: usize = 200;

impl HostCalendar {
    fn check_meeting_type(&self, meeting_type: &MeetingType) -> Result<(), Refusal> {
        let broken = meeting_type.terms.broken_rules();
        if !broken.is_empty() {
            return Err(Refusal::Invalid(broken));
        }
        let settings = &self.availability.settings;
        if meeting_type.schedule_id.is_some_and(|id| settings.schedule(id).is_none()) {
            return Err(Refusal::Invalid(vec![BrokenRule {
                field: "schedule_id",
                rule: "must be one of your schedules",
            }]));
        }
        match settings.meeting_type_by_slug(meeting_type.slug.as_str()) {
            Some(other) if other.id != meeting_type.id => Err(Refusal::SlugTaken),
            _ => Ok(()),
        }
    }

    pub(super) fn add_meeting_type(&self, meeting_type: &MeetingType) -> Result<Vec<CalendarEvent>, Refusal> {
        self.check_meeting_type(meeting_type)?;
        if self.availability.settings.meeting_types.len() >= MAX_MEETING_TYPES {
            let rule = "a host has at most 200 meeting types";
            return Err(Refusal::Invalid(vec![BrokenRule { field: "meeting_types", rule }]));
        }
        Ok(vec![MeetingTypeAdded { meeting_type: meeting_type.clone() }.into()])
    }

    pub(super) fn change_meeting_type(&self, meeting_type: &MeetingType) -> Result<Vec<CalendarEvent>, Refusal> {
        let before = self.availability.settings.meeting_type(meeting_type.id).ok_or(Refusal::MeetingTypeNotFound)?;
        self.check_meeting_type(meeting_type)?;
        if before == meeting_type {
            return Ok(Vec::new());
        }
        Ok(vec![MeetingTypeChanged { meeting_type: meeting_type.clone() }.into()])
    }

    pub(super) fn remove_meeting_type(&self, meeting_type_id: MeetingTypeId) -> Result<Vec<CalendarEvent>, Refusal> {
        self.availability.settings.meeting_type(meeting_type_id).ok_or(Refusal::MeetingTypeNotFound)?;
        Ok(vec![MeetingTypeRemoved { meeting_type_id }.into()])
    }
}
