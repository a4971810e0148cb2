//! Commands that concern several calendars at once: all of their events are appended together, or none (E3, B2).

mod book;
mod change;
mod offer;
mod roster;
#[cfg(test)]
mod tests;

pub(super) use book::judge_together;
pub(super) use change::gives_up;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::HostCalendar;
use super::command::CalendarCommand;
use super::decide::series::one_at_a_time;
use super::event::CalendarEvent;
use super::refusal::Refusal;
use crate::ids::HostId;
use crate::meeting_type::MeetingType;
use crate::team::Team;
use crate::time::Instant;
use offer::offered;

/// Calendars by whose they are: hosts' and teams'.
pub type Calendars = BTreeMap<HostId, Arc<HostCalendar>>;
/// The events that a command causes in each calendar; calendars in which nothing happens are left out.
pub type Effects = BTreeMap<HostId, Vec<CalendarEvent>>;

/// Decides a command that is sent to the calendar of `at` and may concern others as well.
///
/// A calendar that is needed and not among those handed in is named by [`Refusal::NeedsCalendars`]: ask again with it. A
/// command that concerns one calendar is decided as [`HostCalendar::decide`] does.
pub fn decide_together(
    command: &CalendarCommand,
    at: HostId,
    calendars: &Calendars,
    now: Instant,
) -> Result<Effects, Refusal> {
    let calendar = calendar_of(at, calendars)?;
    if let CalendarCommand::FormTeam { team_id, name, slug, owner, members } = command {
        let team = Team {
            id: *team_id,
            name: name.clone(),
            slug: slug.clone(),
            owner: *owner,
            members: members.clone(),
            is_disbanded: false,
        };
        return calendar.form_team(&team, calendars, now);
    }
    if let Some(team) = calendar.team() {
        return calendar.decide_as_team(team, command, calendars, now);
    }
    if let Some(team) = calendar.team_offering(command) {
        let calendar = calendar_of(team, calendars)?;
        let team = calendar.team().ok_or(Refusal::TeamNotFound)?;
        return calendar.decide_as_team(team, command, calendars, now);
    }
    match command.booking().and_then(|id| calendar.booking(id)) {
        Some(booking) if booking.team.is_some() => calendar.change_of_a_team(booking, command, at, calendars, now),
        _ => calendar.decide(command, now).map(|events| effects([(at, events)])),
    }
}

impl HostCalendar {
    /// Decides a command to a team.
    pub(super) fn decide_as_team(
        &self,
        team: &Team,
        command: &CalendarCommand,
        calendars: &Calendars,
        now: Instant,
    ) -> Result<Effects, Refusal> {
        use CalendarCommand as C;
        if team.is_disbanded {
            return Err(Refusal::TeamNotFound);
        }
        match command {
            C::FormTeam { .. } => Ok(Effects::new()),
            C::ChangeTeam { name, slug } => Ok(Self::change_team(team, name, slug)),
            C::ChangeTeamMembers { members } => self.change_members(team, members, calendars),
            C::DisbandTeam => self.disband(team, calendars, now),
            C::AddMeetingType { meeting_type } => offered(team, &self.add_meeting_type(meeting_type)?, calendars),
            C::ChangeMeetingType { meeting_type } => offered(team, &self.change_meeting_type(meeting_type)?, calendars),
            C::RemoveMeetingType { meeting_type_id } => {
                offered(team, &self.remove_meeting_type(*meeting_type_id)?, calendars)
            }
            C::RequestBooking(request) => self.book_with_team(team, request, calendars, now),
            C::RequestSeries(_) => Err(Refusal::Invalid(vec![one_at_a_time()])),
            command if command.booking().is_some() => Err(Refusal::BookingNotFound),
            _ => Err(Refusal::IsATeam),
        }
    }

    /// The team whose meeting type a guest asks for in the calendar of a member.
    fn team_offering(&self, command: &CalendarCommand) -> Option<HostId> {
        let CalendarCommand::RequestBooking(request) = command else { return None };
        self.availability.settings.meeting_type(request.meeting_type_id)?.team_id.map(HostId::from)
    }

    /// The meeting types that a team offers.
    fn offers(&self) -> &[MeetingType] {
        &self.availability.settings.meeting_types
    }
}

/// What happens where anything does.
fn effects(events: impl IntoIterator<Item = (HostId, Vec<CalendarEvent>)>) -> Effects {
    events.into_iter().filter(|(_, events)| !events.is_empty()).collect()
}

fn calendar_of(host: HostId, calendars: &Calendars) -> Result<&HostCalendar, Refusal> {
    calendars.get(&host).map(Arc::as_ref).ok_or_else(|| Refusal::NeedsCalendars([host].into()))
}

/// The calendars of these hosts, in their order, or all that are missing.
fn calendars_of(
    hosts: impl Iterator<Item = HostId> + Clone,
    calendars: &Calendars,
) -> Result<Vec<(HostId, &HostCalendar)>, Refusal> {
    let missing: BTreeSet<_> = hosts.clone().filter(|host| !calendars.contains_key(host)).collect();
    if missing.is_empty() {
        Ok(hosts.filter_map(|host| Some((host, calendars.get(&host)?.as_ref()))).collect())
    } else {
        Err(Refusal::NeedsCalendars(missing))
    }
}
