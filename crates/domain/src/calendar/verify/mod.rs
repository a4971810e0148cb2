//! Recomputes decisions: would the rules have allowed what the log says has happened?

mod bookings;
mod settings;
mod teams;
#[cfg(test)]
mod tests;

use super::HostCalendar;
use super::event::CalendarEvent;
use super::refusal::Refusal;
use super::together::Calendars;

/// What is wrong with an event that the rules would not have caused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Violation {
    /// A rule forbids it.
    #[error("the rules refuse it: {0}")]
    Refused(Refusal),
    /// Nothing had to change.
    #[error("the rules would have caused no such event")]
    Unfounded,
    /// The rules would have caused a similar event.
    #[error("the rules would have caused one with another `{member}`")]
    Differs {
        /// The first member that would have been another.
        member: String,
    },
}

impl From<Refusal> for Violation {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

type Verdict = Result<(), Violation>;

impl HostCalendar {
    /// Whether the rules would have allowed an event in this state, at the instant that the event itself records; if not, what
    /// is wrong with it.
    ///
    /// Some decisions are made together with other calendars: `others`, as they were before the same append, are asked where
    /// they are given. Without all of its hosts, a collective meeting is judged by everything but the grid that they have in
    /// common; without its members, a team's assignment by everything but whether somebody else's turn had come. Answers that
    /// are sealed or erased are taken as they are. Zones are those of this program's zone data: where a law has changed since, a
    /// decision of an earlier program may look wrong.
    pub fn would_have_allowed(&self, event: &CalendarEvent, others: &Calendars) -> Verdict {
        use CalendarEvent as E;
        match event {
            E::BookingRequested(e) => self.verify_request(e, others),
            E::BookingRescheduled(e) => self.verify_move(e, others),
            E::BookingConfirmed(_)
            | E::BookingCancelled(_)
            | E::BookingDeclined(_)
            | E::BookingExpired(_)
            | E::NoShowMarked(_) => self.verify_end(event),
            E::TeamFormed(_)
            | E::TeamChanged(_)
            | E::TeamMembersChanged(_)
            | E::TeamDisbanded(_)
            | E::TeamJoined(_)
            | E::TeamLeft(_)
            | E::HostAssigned(_)
            | E::AssignmentWithdrawn(_) => self.verify_team(event, others),
            E::MeetingTypeAdded(_) | E::MeetingTypeChanged(_) | E::MeetingTypeRemoved(_) => self.verify_offer(event),
            E::CalendarOpened(_)
            | E::TimeZoneChanged(_)
            | E::TimeZoneChangesAnnounced(_)
            | E::ScheduleAdded(_)
            | E::ScheduleChanged(_)
            | E::ScheduleRemoved(_)
            | E::DefaultScheduleChosen(_)
            | E::WeeklyRulesReplaced(_)
            | E::DateOverrideSet(_)
            | E::DateOverrideRemoved(_) => self.verify_settings(event),
        }
    }
}

/// Whether an event is the first of those that the rules would have caused. What a person said is theirs, and may be sealed.
fn first_of(expected: &[CalendarEvent], event: &CalendarEvent) -> Verdict {
    let Some(expected) = expected.first() else { return Err(Violation::Unfounded) };
    let [mut expected, mut event] = [expected, event].map(|event| serde_json::to_value(event).unwrap_or_default());
    for members in [&mut expected, &mut event].into_iter().filter_map(|event| event.as_object_mut()) {
        members.remove("reason");
    }
    let Some((expected, event)) = expected.as_object().zip(event.as_object()) else { return Err(Violation::Unfounded) };
    let differs = |member: &&String| expected.get(*member) != event.get(*member);
    match expected.keys().chain(event.keys()).find(differs) {
        Some(member) => Err(Violation::Differs { member: member.clone() }),
        None => Ok(()),
    }
}

fn must(kept: bool) -> Verdict {
    if kept { Ok(()) } else { Err(Violation::Unfounded) }
}
