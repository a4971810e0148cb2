//! What teams did, as far as their own stream and those of their members tell.

use super::{Verdict, Violation, must};
use crate::calendar::HostCalendar;
use crate::calendar::event::{CalendarEvent, HostAssigned};
use crate::calendar::refusal::Refusal;
use crate::calendar::together::Calendars;
use crate::meeting_type::Kind;
use crate::team::{MAX_TEAMS_OF_A_HOST, Member, Team, broken_rules};

impl HostCalendar {
    pub(super) fn verify_team(&self, event: &CalendarEvent, others: &Calendars) -> Verdict {
        use CalendarEvent as E;
        match event {
            E::TeamFormed(e) => {
                must(!self.is_open())?;
                roster(&e.members)
            }
            E::TeamChanged(e) => {
                let team = self.standing_team()?;
                must((&team.name, &team.slug) != (&e.name, &e.slug))
            }
            E::TeamMembersChanged(e) => {
                must(self.standing_team()?.members != e.members)?;
                roster(&e.members)
            }
            E::TeamDisbanded(_) => self.standing_team().map(drop),
            E::TeamJoined(e) => {
                let teams = &self.availability.settings.teams;
                must(self.is_open() && self.team().is_none())?;
                must(!teams.contains(&e.team_id) && teams.len() < MAX_TEAMS_OF_A_HOST)
            }
            E::TeamLeft(e) => must(self.availability.settings.teams.contains(&e.team_id)),
            E::HostAssigned(e) => self.verify_assignment(e, others),
            E::AssignmentWithdrawn(e) => {
                must(self.team().is_some())?;
                must(self.assignments.as_ref().is_some_and(|assignments| assignments.may_withdraw(e)))
            }
            _ => Err(Violation::Unfounded),
        }
    }

    /// Whether it was the member's turn: nobody whom the strategy prefers could be booked.
    fn verify_assignment(&self, e: &HostAssigned, others: &Calendars) -> Verdict {
        let team = self.standing_team()?;
        let meeting_type = self.availability.settings.meeting_type(e.meeting_type_id);
        let meeting_type = meeting_type.ok_or(Refusal::MeetingTypeNotFound)?;
        if !meeting_type.is_active {
            return Err(Refusal::MeetingTypeInactive.into());
        }
        must(meeting_type.kind == Kind::RoundRobin)?;
        let strategy = meeting_type.strategy.unwrap_or_default();
        let untouched = Box::default();
        let assignments = self.assignments.as_ref().unwrap_or(&untouched);
        let other = || Violation::Differs { member: "host_id".to_owned() };
        for host in assignments.in_turn(team, meeting_type.id, strategy) {
            let judged = others
                .get(&host)
                .map(|calendar| calendar.availability.judge(meeting_type, e.start, None, e.assigned_at).is_ok());
            match (host == e.host_id, judged) {
                (true, None | Some(true)) => return Ok(()),
                (true, Some(false)) | (false, Some(true)) => return Err(other()),
                (false, None | Some(false)) => {}
            }
        }
        Err(other())
    }

    fn standing_team(&self) -> Result<&Team, Violation> {
        self.team().filter(|team| !team.is_disbanded).ok_or(Violation::Refused(Refusal::TeamNotFound))
    }
}

fn roster(members: &[Member]) -> Verdict {
    let broken = broken_rules(members);
    if broken.is_empty() { Ok(()) } else { Err(Refusal::Invalid(broken).into()) }
}
