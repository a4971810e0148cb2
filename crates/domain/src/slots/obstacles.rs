//! Everything that stands against a start, where a judgement names the first only (E8).

use super::limits::{Limit, Weeks};
use super::outlook::Outlook;
use super::sessions::sessions;
use super::{NotOffered, SlotRequest};
use crate::reservation::Reservation;
use crate::time::{Instant, Interval};

/// Something that stands against a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It is not offered, whatever is booked.
    NotOffered(NotOffered),
    /// The meeting lies within the host's hours, its buffers do not.
    BuffersOutsideHours,
    /// A limit is used up.
    Limit {
        /// Which one.
        limit: Limit,
        /// The day or week whose sessions count.
        during: Interval,
    },
    /// The session at this start has no seat left.
    SessionFull(Vec<Reservation>),
    /// Another meeting takes place.
    Booked(Reservation),
    /// Another meeting's buffers, or the buffers of this one, would overlap.
    Buffer(Reservation),
    /// The host's own calendar holds the time.
    Busy(Interval),
}

impl SlotRequest<'_> {
    /// Everything that stands against a start, in the order of V9; nothing exactly if [`judge`](Self::judge) accepts it.
    pub fn obstacles(&self, start: Instant) -> Vec<Obstacle> {
        let second = start.timestamp();
        let near = Interval::new(second, second.saturating_add(1)).filter(|only| Interval::EVER.contains(*only));
        let Some(only) = near else { return vec![Obstacle::NotOffered(NotOffered::OutsideBookingWindow)] };
        let mut obstacles: Vec<_> = self.too_near_or_far(second).map(Obstacle::NotOffered).into_iter().collect();
        // One host always has an outlook.
        let Some(outlook) = Outlook::over(std::slice::from_ref(self), only) else { return obstacles };

        obstacles.extend(outlook.against_hours(second));
        let on_the_grid = outlook.has_candidate(second) && start.timestamp_subsec_nanos() == 0;
        if !on_the_grid && !obstacles.iter().any(Obstacle::is_about_hours) {
            obstacles.push(Obstacle::NotOffered(NotOffered::OffTheGrid));
        }
        let session = outlook.session_at(second);
        let joins = |r: &Reservation| session.is_some_and(|s| (r.session, r.during) == (s.id, s.during));
        if session.is_none() {
            obstacles.extend(self.limits_at(second, only));
        } else if session.is_some_and(|session| session.seats_left == 0) {
            obstacles.push(Obstacle::SessionFull(self.standing().filter(|r| joins(r)).copied().collect()));
        }
        let Some(meeting) = outlook.meeting_at(second) else { return obstacles };
        let protected = outlook.protected(meeting);
        let others = self.standing().filter(|r| !joins(r) && r.protected().overlaps(protected));
        let by = |r: &Reservation| if r.during.overlaps(meeting) { Obstacle::Booked(*r) } else { Obstacle::Buffer(*r) };
        obstacles.extend(others.map(by));
        obstacles.extend(self.busy.iter().filter(|busy| busy.overlaps(protected)).map(|busy| Obstacle::Busy(*busy)));
        obstacles
    }

    /// The reservations, without that of a booking that would move.
    fn standing(&self) -> impl Iterator<Item = &Reservation> {
        self.reservations.iter().filter(|r| Some(r.booking) != self.moving)
    }

    fn limits_at(&self, start: i64, only: Interval) -> Vec<Obstacle> {
        let Some(weeks) = Weeks::around(self, only) else { return Vec::new() };
        let sessions = weeks.span().map_or_else(Vec::new, |span| sessions(self, span));
        let reached = weeks.reached_at(self, &sessions, start).into_iter();
        reached.map(|(limit, during)| Obstacle::Limit { limit, during }).collect()
    }
}

impl Obstacle {
    const fn is_about_hours(&self) -> bool {
        matches!(self, Self::NotOffered(NotOffered::OutsideHours) | Self::BuffersOutsideHours)
    }
}
