//! A small world of calendars whose commands are carried out.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use super::{intro, opened, the_day_before};
use crate::calendar::command::CalendarCommand;
use crate::calendar::event::{CalendarEvent, MeetingTypeAdded, TeamFormed, TeamJoined};
use crate::calendar::refusal::Refusal;
use crate::calendar::{Calendars, Effects, HostCalendar, decide_together};
use crate::ids::{HostId, TeamId};
use crate::meeting_type::{Kind, MeetingType, Strategy};
use crate::team::Member;
use crate::text::{Name, Slug};
use crate::time::Instant;

pub(crate) const TEAM: TeamId = TeamId(Uuid::from_u128(0xf0));
/// Hosts, in the roster's order, which is not that of their ids.
pub(crate) const ANN: HostId = HostId(Uuid::from_u128(0xa3));
pub(crate) const BEN: HostId = HostId(Uuid::from_u128(0xa1));
pub(crate) const CAT: HostId = HostId(Uuid::from_u128(0xa2));

pub(crate) fn team() -> HostId {
    TEAM.into()
}

pub(crate) fn in_turn(strategy: Strategy) -> MeetingType {
    MeetingType { team_id: Some(TEAM), kind: Kind::RoundRobin, strategy: Some(strategy), ..intro() }
}

pub(crate) fn all_together() -> MeetingType {
    MeetingType { team_id: Some(TEAM), kind: Kind::Collective, ..intro() }
}

pub(crate) fn formed(members: &[Member]) -> CalendarEvent {
    TeamFormed {
        team_id: TEAM,
        name: Name::parse("Sales").expect("a name"),
        slug: Slug::parse("sales").expect("a slug"),
        owner: ANN,
        members: members.to_vec(),
        formed_at: the_day_before(),
    }
    .into()
}

pub(crate) fn joined() -> CalendarEvent {
    TeamJoined { team_id: TEAM }.into()
}

pub(crate) fn roster(hosts: &[HostId]) -> Vec<Member> {
    hosts.iter().copied().map(Member::new).collect()
}

/// Calendars that have come to their states by their events.
#[derive(Clone, Default)]
pub(crate) struct World(pub(crate) Calendars);

impl World {
    /// Hosts with office hours, and a calendar that nobody has opened, for the team.
    pub(crate) fn of(hosts: &[HostId]) -> Self {
        let mut world = Self::default();
        world.0.insert(team(), Arc::default());
        for host in hosts {
            world.happens(*host, [opened()]);
        }
        world
    }

    /// A team of these members that offers a meeting type.
    pub(crate) fn with_team(members: &[Member], meeting_type: &MeetingType) -> Self {
        let mut world = Self::of(&members.iter().map(|member| member.host_id).collect::<Vec<_>>());
        let added = || CalendarEvent::from(MeetingTypeAdded { meeting_type: meeting_type.clone() });
        world.happens(team(), [formed(members), added()]);
        for member in members {
            world.happens(member.host_id, [joined(), added()]);
        }
        world
    }

    pub(crate) fn happens(&mut self, host: HostId, events: impl IntoIterator<Item = CalendarEvent>) {
        let calendar = Arc::make_mut(self.0.entry(host).or_default());
        events.into_iter().for_each(|event| calendar.evolve(&event));
    }

    pub(crate) fn given(mut self, host: HostId, events: impl IntoIterator<Item = CalendarEvent>) -> Self {
        self.happens(host, events);
        self
    }

    pub(crate) fn asked(&self, at: HostId, command: &CalendarCommand, now: Instant) -> Result<Effects, Refusal> {
        decide_together(command, at, &self.0, now)
    }

    /// Decides as of the day before.
    pub(crate) fn when(&self, at: HostId, command: &CalendarCommand) -> Answer {
        Answer(self.asked(at, command, the_day_before()))
    }

    /// Carries a command out.
    #[track_caller]
    pub(crate) fn carry_out(&mut self, at: HostId, command: &CalendarCommand, now: Instant) -> Effects {
        let effects = self.asked(at, command, now).expect("not refused");
        for (host, events) in &effects {
            self.happens(*host, events.clone());
        }
        effects
    }

    pub(crate) fn calendar(&self, host: HostId) -> &HostCalendar {
        &self.0[&host]
    }
}

#[derive(Debug)]
pub(crate) struct Answer(pub(crate) Result<Effects, Refusal>);

impl Answer {
    #[track_caller]
    pub(crate) fn then<const N: usize>(self, effects: [(HostId, Vec<CalendarEvent>); N]) {
        assert_eq!(self.0, Ok(BTreeMap::from(effects)));
    }

    #[track_caller]
    pub(crate) fn then_refused(self, refusal: &Refusal) {
        assert_eq!(self.0.as_ref(), Err(refusal));
    }

    #[track_caller]
    pub(crate) fn refusal(self) -> Refusal {
        self.0.expect_err("a refusal")
    }
}

pub(crate) fn needs<const N: usize>(hosts: [HostId; N]) -> Refusal {
    Refusal::NeedsCalendars(hosts.into())
}
