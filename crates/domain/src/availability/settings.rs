//! What a host has set up, or a team.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::event::CalendarEvent;
use crate::ids::{MeetingTypeId, ScheduleId, TeamId};
use crate::meeting_type::MeetingType;
use crate::schedule::Hours;
use crate::team::Team;
use crate::text::Name;
use crate::zone::{HostZones, Zone};

/// Those of a host without schedules.
static CLOSED: Hours = Hours { rules: Vec::new(), overrides: BTreeMap::new() };

/// A named set of hours that meeting types can use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// What the host calls it.
    pub name: Name,
    /// Weekly rules and overrides.
    pub hours: Hours,
}

/// What the host has set up: zones, schedules and meeting types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The zones of the host's wall clock.
    pub zones: HostZones,
    /// Every schedule, oldest first; never empty in an open calendar.
    pub schedules: Vec<Schedule>,
    /// The schedule of meeting types that name none.
    pub default_schedule: Option<ScheduleId>,
    /// Every meeting type, oldest first; also copies of those of the teams that the host is in.
    pub meeting_types: Vec<MeetingType>,
    /// The team whose calendar this is, if it is a team's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Box<Team>>,
    /// The teams that the host is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<TeamId>,
}

impl Default for Settings {
    fn default() -> Self {
        let zones = HostZones { home: Zone::utc(), changes: Vec::new() };
        Self {
            zones,
            schedules: Vec::new(),
            default_schedule: None,
            meeting_types: Vec::new(),
            team: None,
            teams: Vec::new(),
        }
    }
}

impl Settings {
    /// The meeting type with this id.
    pub fn meeting_type(&self, id: MeetingTypeId) -> Option<&MeetingType> {
        self.meeting_types.iter().find(|t| t.id == id)
    }

    /// The meeting type with this slug: of the host, or of the team in a team's calendar. Copies of a team's types are found
    /// under the team's name only.
    pub fn meeting_type_by_slug(&self, slug: &str) -> Option<&MeetingType> {
        self.own_meeting_types().find(|t| t.slug.as_str() == slug)
    }

    /// The meeting types that are offered by whose calendar this is, without copies of those of teams, oldest first.
    pub fn own_meeting_types(&self) -> impl Iterator<Item = &MeetingType> {
        let owner = self.team.as_ref().map(|team| team.id);
        self.meeting_types.iter().filter(move |t| t.team_id == owner)
    }

    /// The schedule with this id.
    pub fn schedule(&self, id: ScheduleId) -> Option<&Schedule> {
        self.schedules.iter().find(|s| s.id == id)
    }

    /// The schedule of meeting types that name none.
    pub fn default_schedule(&self) -> Option<&Schedule> {
        self.default_schedule.and_then(|id| self.schedule(id))
    }

    /// The schedule that a meeting type uses.
    pub fn schedule_of(&self, meeting_type: &MeetingType) -> Option<&Schedule> {
        let named = meeting_type.schedule_id.and_then(|id| self.schedule(id));
        named.or_else(|| self.default_schedule())
    }

    /// The hours that a meeting type uses.
    pub(crate) fn hours_of(&self, meeting_type: &MeetingType) -> &Hours {
        self.schedule_of(meeting_type).map_or(&CLOSED, |schedule| &schedule.hours)
    }

    /// The hours of the default schedule.
    pub(crate) fn default_hours(&self) -> &Hours {
        self.default_schedule().map_or(&CLOSED, |schedule| &schedule.hours)
    }

    /// Follows an event; whether it was one about settings.
    pub fn evolve(&mut self, event: &CalendarEvent) -> bool {
        match event {
            CalendarEvent::CalendarOpened(e) => {
                self.zones.home = e.time_zone.clone();
                self.schedules.push(Schedule {
                    id: e.schedule_id,
                    name: e.schedule_name.clone(),
                    hours: e.hours.clone(),
                });
                self.default_schedule = Some(e.schedule_id);
            }
            CalendarEvent::TimeZoneChanged(e) => self.zones.home = e.time_zone.clone(),
            CalendarEvent::TimeZoneChangesAnnounced(e) => self.zones.changes.clone_from(&e.time_zone_changes),
            CalendarEvent::ScheduleAdded(e) => {
                self.schedules.push(Schedule { id: e.schedule_id, name: e.name.clone(), hours: e.hours.clone() });
            }
            CalendarEvent::ScheduleChanged(e) => self.change(e.schedule_id, |schedule| {
                schedule.name = e.name.clone();
                schedule.hours = e.hours.clone();
            }),
            CalendarEvent::ScheduleRemoved(e) => self.schedules.retain(|s| s.id != e.schedule_id),
            CalendarEvent::DefaultScheduleChosen(e) => self.default_schedule = Some(e.schedule_id),
            CalendarEvent::WeeklyRulesReplaced(e) => self.change(e.schedule_id, |s| s.hours.rules.clone_from(&e.rules)),
            CalendarEvent::DateOverrideSet(e) => self.change(e.schedule_id, |s| {
                s.hours.overrides.insert(e.date, e.windows.clone());
            }),
            CalendarEvent::DateOverrideRemoved(e) => self.change(e.schedule_id, |s| {
                s.hours.overrides.remove(&e.date);
            }),
            CalendarEvent::MeetingTypeAdded(e) => self.meeting_types.push(e.meeting_type.clone()),
            CalendarEvent::MeetingTypeChanged(e) => {
                if let Some(kept) = self.meeting_types.iter_mut().find(|t| t.id == e.meeting_type.id) {
                    kept.clone_from(&e.meeting_type);
                }
            }
            CalendarEvent::MeetingTypeRemoved(e) => self.meeting_types.retain(|t| t.id != e.meeting_type_id),
            CalendarEvent::TeamFormed(e) => {
                self.team = Some(Box::new(Team {
                    id: e.team_id,
                    name: e.name.clone(),
                    slug: e.slug.clone(),
                    owner: e.owner,
                    members: e.members.clone(),
                    is_disbanded: false,
                }));
            }
            CalendarEvent::TeamChanged(e) => self.change_team(|team| {
                (team.name, team.slug) = (e.name.clone(), e.slug.clone());
            }),
            CalendarEvent::TeamMembersChanged(e) => self.change_team(|team| team.members.clone_from(&e.members)),
            CalendarEvent::TeamDisbanded(_) => self.change_team(|team| team.is_disbanded = true),
            CalendarEvent::TeamJoined(e) => self.teams.push(e.team_id),
            CalendarEvent::TeamLeft(e) => self.teams.retain(|team| *team != e.team_id),
            CalendarEvent::BookingRequested(_)
            | CalendarEvent::BookingConfirmed(_)
            | CalendarEvent::BookingRescheduled(_)
            | CalendarEvent::BookingCancelled(_)
            | CalendarEvent::BookingDeclined(_)
            | CalendarEvent::BookingExpired(_)
            | CalendarEvent::NoShowMarked(_)
            | CalendarEvent::HostAssigned(_)
            | CalendarEvent::AssignmentWithdrawn(_) => return false,
        }
        true
    }

    fn change_team(&mut self, change: impl FnOnce(&mut Team)) {
        if let Some(team) = &mut self.team {
            change(team);
        }
    }

    fn change(&mut self, id: ScheduleId, change: impl FnOnce(&mut Schedule)) {
        if let Some(schedule) = self.schedules.iter_mut().find(|s| s.id == id) {
            change(schedule);
        }
    }
}
