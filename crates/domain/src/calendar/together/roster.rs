//! Who is in a team: its stream and those of the hosts who come and go say so in one append.

use super::{Calendars, Effects, calendars_of, effects};
use crate::calendar::HostCalendar;
use crate::calendar::event::{
    CalendarEvent, MeetingTypeAdded, MeetingTypeRemoved, TeamChanged, TeamDisbanded, TeamFormed, TeamJoined, TeamLeft,
    TeamMembersChanged,
};
use crate::calendar::refusal::Refusal;
use crate::ids::HostId;
use crate::meeting_type::BrokenRule;
use crate::team::{MAX_TEAMS_OF_A_HOST, Member, Team, broken_rules};
use crate::text::{Name, Slug};
use crate::time::Instant;

impl HostCalendar {
    pub(super) fn form_team(&self, team: &Team, calendars: &Calendars, now: Instant) -> Result<Effects, Refusal> {
        match self.team() {
            Some(formed) if !formed.is_disbanded => return Ok(Effects::new()),
            _ if self.is_open() => return Err(Refusal::TeamNotFound),
            _ => {}
        }
        check(&team.members)?;
        let joined = self.join(team, team.members.iter().map(|member| member.host_id), calendars)?;
        let formed = TeamFormed {
            team_id: team.id,
            name: team.name.clone(),
            slug: team.slug.clone(),
            owner: team.owner,
            members: team.members.clone(),
            formed_at: now,
        };
        Ok(effects(joined.into_iter().chain([(team.id.into(), vec![formed.into()])])))
    }

    pub(super) fn change_team(team: &Team, name: &Name, slug: &Slug) -> Effects {
        if (&team.name, &team.slug) == (name, slug) {
            return Effects::new();
        }
        effects([(team.id.into(), vec![TeamChanged { name: name.clone(), slug: slug.clone() }.into()])])
    }

    pub(super) fn change_members(
        &self,
        team: &Team,
        members: &[Member],
        calendars: &Calendars,
    ) -> Result<Effects, Refusal> {
        if team.members == members {
            return Ok(Effects::new());
        }
        check(members)?;
        let stays = |host: HostId| members.iter().any(|member| member.host_id == host);
        let joins = members.iter().map(|member| member.host_id).filter(|host| !team.has(*host));
        let leaves = team.members.iter().map(|member| member.host_id).filter(|host| !stays(*host));
        // Both are looked for at once, so that whoever holds the calendars need not be told twice.
        calendars_of(joins.clone().chain(leaves.clone()), calendars)?;
        let changed = TeamMembersChanged { members: members.to_vec() };
        let joined = self.join(team, joins, calendars)?;
        let left = self.leave(team, leaves, calendars)?;
        Ok(effects(joined.into_iter().chain(left).chain([(team.id.into(), vec![changed.into()])])))
    }

    pub(super) fn disband(&self, team: &Team, calendars: &Calendars, now: Instant) -> Result<Effects, Refusal> {
        let left = self.leave(team, team.members.iter().map(|member| member.host_id), calendars)?;
        let mut events: Vec<CalendarEvent> = self.offers().iter().map(removed).collect();
        events.push(TeamDisbanded { disbanded_at: now }.into());
        Ok(effects(left.into_iter().chain([(team.id.into(), events)])))
    }

    /// What those who join read in their own calendars: the team, and its meeting types.
    fn join(
        &self,
        team: &Team,
        hosts: impl Iterator<Item = HostId> + Clone,
        calendars: &Calendars,
    ) -> Result<Vec<(HostId, Vec<CalendarEvent>)>, Refusal> {
        const _: () = assert!(MAX_TEAMS_OF_A_HOST == 20, "the rule says so");
        let members = calendars_of(hosts, calendars)?;
        let must = |kept: bool, rule| if kept { Ok(()) } else { Err(refused(vec![BrokenRule::new("members", rule)])) };
        must(members.iter().all(|(_, calendar)| calendar.is_open() && calendar.team().is_none()), "must be hosts")?;
        let teams = |calendar: &HostCalendar| calendar.availability.settings.teams.len();
        let room = members.iter().all(|(_, calendar)| teams(calendar) < MAX_TEAMS_OF_A_HOST);
        must(room, "must be in at most 20 teams each")?;
        let events = |host| {
            let joined = CalendarEvent::from(TeamJoined { team_id: team.id });
            let added = self.offers().iter().map(|offer| MeetingTypeAdded { meeting_type: offer.clone() }.into());
            (host, std::iter::once(joined).chain(added).collect())
        };
        Ok(members.into_iter().map(|(host, _)| events(host)).collect())
    }

    /// What those who leave read in their own calendars.
    fn leave(
        &self,
        team: &Team,
        hosts: impl Iterator<Item = HostId> + Clone,
        calendars: &Calendars,
    ) -> Result<Vec<(HostId, Vec<CalendarEvent>)>, Refusal> {
        let left = || CalendarEvent::from(TeamLeft { team_id: team.id });
        let members = calendars_of(hosts, calendars)?;
        let events = |host| (host, self.offers().iter().map(removed).chain([left()]).collect());
        Ok(members.into_iter().map(|(host, _)| events(host)).collect())
    }
}

fn removed(offer: &crate::meeting_type::MeetingType) -> CalendarEvent {
    MeetingTypeRemoved { meeting_type_id: offer.id }.into()
}

fn check(members: &[Member]) -> Result<(), Refusal> {
    let broken = broken_rules(members);
    if broken.is_empty() { Ok(()) } else { Err(refused(broken)) }
}

const fn refused(broken: Vec<BrokenRule>) -> Refusal {
    Refusal::Invalid(broken)
}
