//! Who was assigned what: shares by weight, exact and without rounding from one decision to the next.

use std::collections::BTreeMap;

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::{Member, Team};
use crate::calendar::BOOKING_MEMORY_DAYS;
use crate::calendar::event::{AssignmentWithdrawn, HostAssigned};
use crate::ids::{BookingId, HostId, MeetingTypeId};
use crate::time::Instant;

/// Shares are kept in millionths of a booking where they are carried over a change of the roster.
const WHOLE: i64 = 1_000_000;

/// Whose turn it was, for each of a team's round-robin types.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignments {
    /// Assignments that can still be withdrawn: as long as bookings are remembered.
    remembered: BTreeMap<BookingId, Assignment>,
    tallies: BTreeMap<MeetingTypeId, Tally>,
    /// When old assignments are dropped next.
    forget_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Assignment {
    meeting_type: MeetingTypeId,
    host: HostId,
    start: Instant,
    at: Instant,
}

/// Counts of one meeting type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tally {
    /// Assignments since the roster last changed, less those withdrawn since.
    total: i64,
    members: BTreeMap<HostId, Share>,
}

/// A member's part in one meeting type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Share {
    /// Assignments that were not withdrawn.
    assigned: u32,
    /// Of these, those since the roster last changed.
    since: i64,
    /// Millionths of a booking by which they lagged behind their share when the roster last changed.
    lag: i64,
    /// The last assignment among those that are no longer remembered.
    settled: Option<Instant>,
}

/// What a member got of a round-robin type, and what their share would be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fairness {
    /// The member, with weight and priority.
    #[serde(flatten)]
    pub member: Member,
    /// Bookings assigned to them that were not withdrawn.
    pub assigned: u32,
    /// Bookings that would be theirs by weight. Who joined later starts level with the others.
    pub ideal: f64,
    /// When they were last assigned one that was not withdrawn.
    pub last_assigned: Option<Instant>,
}

/// Where a member stands when the next booking is assigned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// How far they would lag behind their share if it went to somebody else, in parts that are the same for all members.
    pub(super) lag: i128,
    /// When they were last assigned one.
    pub(super) last_assigned: Option<Instant>,
}

impl Assignments {
    /// What each member got of a round-robin type, in the roster's order.
    pub fn fairness(&self, team: &Team, meeting_type: MeetingTypeId) -> Vec<Fairness> {
        let tally = self.tallies.get(&meeting_type);
        let last = self.last_assigned(meeting_type);
        let fairness = |member: &Member| {
            let assigned = tally.map_or(0, |tally| tally.share(member.host_id).assigned);
            let lag = tally.filter(|_| member.is_active).map_or(0, |tally| tally.lag(team, member, 0));
            #[expect(clippy::cast_precision_loss, reason = "to be shown, not to be decided by")]
            let lag = lag as f64 / (team.weight() * WHOLE) as f64;
            Fairness {
                member: *member,
                assigned,
                ideal: f64::from(assigned) + if member.is_active { lag } else { 0.0 },
                last_assigned: last.get(&member.host_id).copied(),
            }
        };
        team.members.iter().map(fairness).collect()
    }

    /// Where the active members stand, in the roster's order.
    pub(super) fn standings<'a>(&self, team: &'a Team, meeting_type: MeetingTypeId) -> Vec<(&'a Member, Standing)> {
        let untouched = Tally::default();
        let tally = self.tallies.get(&meeting_type).unwrap_or(&untouched);
        let last = self.last_assigned(meeting_type);
        let standing = |member: &Member| Standing {
            lag: tally.lag(team, member, 1),
            last_assigned: last.get(&member.host_id).copied(),
        };
        team.active().map(|member| (member, standing(member))).collect()
    }

    fn last_assigned(&self, meeting_type: MeetingTypeId) -> BTreeMap<HostId, Instant> {
        let shares = self.tallies.get(&meeting_type).into_iter().flat_map(|tally| &tally.members);
        let mut last: BTreeMap<_, _> = shares.filter_map(|(host, share)| Some((*host, share.settled?))).collect();
        for assignment in self.remembered.values().filter(|a| a.meeting_type == meeting_type) {
            last.entry(assignment.host).and_modify(|at| *at = assignment.at.max(*at)).or_insert(assignment.at);
        }
        last
    }

    /// Whether there is such an assignment to withdraw, as far as it is remembered.
    pub(crate) fn may_withdraw(&self, e: &AssignmentWithdrawn) -> bool {
        if let Some(assignment) = self.remembered.get(&e.booking_id) {
            return (assignment.host, assignment.meeting_type) == (e.host_id, e.meeting_type_id);
        }
        // Who has left, and what is no longer offered, is not counted any more.
        let tally = self.tallies.get(&e.meeting_type_id);
        let share = tally.and_then(|tally| tally.members.get(&e.host_id));
        share.is_none_or(|share| share.assigned > 0)
    }

    /// Follows an assignment.
    pub(crate) fn assign(&mut self, e: &HostAssigned) {
        self.forget_old(e.assigned_at);
        let assignment =
            Assignment { meeting_type: e.meeting_type_id, host: e.host_id, start: e.start, at: e.assigned_at };
        self.remembered.insert(e.booking_id, assignment);
        let tally = self.tallies.entry(e.meeting_type_id).or_default();
        tally.total += 1;
        let share = tally.members.entry(e.host_id).or_default();
        share.assigned += 1;
        share.since += 1;
    }

    /// Follows a withdrawal.
    pub(crate) fn withdraw(&mut self, e: &AssignmentWithdrawn, team: &Team) {
        self.remembered.remove(&e.booking_id);
        let Some(tally) = self.tallies.get_mut(&e.meeting_type_id) else { return };
        let Some(share) = tally.members.get_mut(&e.host_id) else { return };
        share.assigned = share.assigned.saturating_sub(1);
        // Somebody who takes no bookings has no share, and starts level when they take some again.
        if team.active().any(|member| member.host_id == e.host_id) {
            share.since -= 1;
            tally.total -= 1;
        }
    }

    /// Carries the shares over to another roster: who stays keeps their lag, who comes starts level.
    pub(crate) fn carry_over(&mut self, before: &Team, after: &[Member]) {
        for tally in self.tallies.values_mut() {
            let carried = after.iter().filter_map(|member| {
                let was = before.members.iter().find(|was| was.host_id == member.host_id)?;
                let stays = was.is_active && member.is_active;
                let lag = if stays { tally.lag(before, was, 0).div_euclid(before.weight().into()) } else { 0 };
                let lag = i64::try_from(lag).unwrap_or_default();
                Some((member.host_id, Share { since: 0, lag, ..tally.share(member.host_id) }))
            });
            tally.members = carried.collect();
            tally.total = 0;
        }
    }

    /// Drops what belongs to a meeting type that is gone.
    pub(crate) fn drop_type(&mut self, meeting_type: MeetingTypeId) {
        self.tallies.remove(&meeting_type);
        self.remembered.retain(|_, assignment| assignment.meeting_type != meeting_type);
    }

    /// Keeps the state bounded, once a day of the calendar's own time.
    fn forget_old(&mut self, now: Instant) {
        if self.forget_at.is_some_and(|at| now < at) {
            return;
        }
        let limit = now - Duration::days(BOOKING_MEMORY_DAYS);
        let tallies = &mut self.tallies;
        self.remembered.retain(|_, a| {
            let kept = a.start >= limit;
            if !kept && let Some(share) = tallies.get_mut(&a.meeting_type).and_then(|t| t.members.get_mut(&a.host)) {
                share.settled = share.settled.max(Some(a.at));
            }
            kept
        });
        self.forget_at = Some(now + Duration::days(1));
    }
}

impl Tally {
    fn share(&self, host: HostId) -> Share {
        self.members.get(&host).copied().unwrap_or_default()
    }

    /// Ideal less actual share of an active member after `more` assignments to others, in millionths of a booking times the
    /// weight of the team.
    fn lag(&self, team: &Team, member: &Member, more: i64) -> i128 {
        let share = self.share(member.host_id);
        let ideal = i128::from(self.total + more) * i128::from(member.weight) * i128::from(WHOLE);
        let actual = i128::from(share.since) * i128::from(WHOLE) - i128::from(share.lag);
        ideal - actual * i128::from(team.weight())
    }
}
