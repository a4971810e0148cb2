//! Everything that is known about a stretch of starts, for one host or for several who meet together.

use super::grid::Grid;
use super::lengths::Lengths;
use super::limits::Weeks;
use super::sessions::{Joint, joint, longest, sessions};
use super::taken::Taken;
use super::union::union;
use super::working_time::WorkingTime;
use super::{NotBookable, NotOffered, Obstacle, Slot, SlotRequest};
use crate::time::Interval;

/// The hosts' hours and what is booked, around some starts. Notice and booking window are not its concern.
pub(super) struct Outlook {
    starts: Interval,
    lengths: Lengths,
    /// Guests that share a session.
    capacity: u16,
    /// How many hosts meet.
    hosts: usize,
    hours: WorkingTime,
    /// Where some host's limit refuses every new session, in any order.
    limited: Vec<Interval>,
    taken: Taken,
    /// For a group type, the sessions that begin at one of the starts.
    sessions: Vec<Joint>,
}

impl Outlook {
    /// The outlook of hosts who meet together, all of them on the first one's terms; of nobody, there is none.
    pub(super) fn over(hosts: &[SlotRequest<'_>], starts: Interval) -> Option<Self> {
        let terms = hosts.first()?.terms;
        let lengths = Lengths::of(terms);
        let group = terms.capacity > 1;
        let most = hosts.iter().filter(|_| group).map(longest).fold(lengths.duration, i64::max);
        let span = starts.widened(lengths.before, most + lengths.after);

        let (mut limited, mut held, mut booked) = (Vec::new(), Vec::new(), Vec::new());
        for host in hosts {
            let weeks = Weeks::around(host, starts);
            let sessions = sessions(host, weeks.as_ref().and_then(Weeks::span).map_or(span, |weeks| weeks.hull(span)));
            limited.extend(weeks.map(|weeks| weeks.used_up(host, &sessions)).unwrap_or_default());
            held.extend(sessions.iter().map(|session| session.protected));
            held.extend(host.busy.iter().filter(|busy| busy.overlaps(span)));
            booked.extend(group.then_some(sessions));
        }

        let working = |host| WorkingTime::of(host, span);
        let hours = hosts.iter().map(working).reduce(|ours, theirs| ours.shared_with(&theirs))?;
        let sessions = joint(&booked, starts, terms.capacity);
        let taken = Taken::by(held);
        Some(Self { starts, lengths, capacity: terms.capacity, hosts: hosts.len(), hours, limited, taken, sessions })
    }

    /// Every start that can be booked, sorted.
    pub(super) fn slots(&self) -> Vec<Slot> {
        let mut ruled_out = self.taken.ruled_out(&self.lengths);
        if !self.limited.is_empty() {
            ruled_out.extend(&self.limited);
            ruled_out.sort_unstable();
            ruled_out = union(ruled_out);
        }
        let seats_left = (self.capacity > 1).then_some(self.capacity);
        let mut slots = self.joins();
        let in_order = slots.is_empty() && !self.hours.interleaves();
        for (grid, starts) in self.grids() {
            grid.walk(starts, &ruled_out, |start| {
                slots.extend(self.lengths.meeting(start).map(|during| Slot { during, seats_left, session: None }));
            });
        }
        if !in_order {
            slots.sort_unstable_by_key(|slot| slot.during.start());
            slots.dedup_by_key(|slot| slot.during.start());
        }
        slots
    }

    /// Why a start, which must be the only one looked at, cannot be booked although it is neither too near nor too far: the
    /// first reason in the order of V9.
    pub(super) fn refusal(&self, start: i64) -> NotBookable {
        let session = self.session_at(start);
        if !self.meeting_at(start).is_some_and(|meeting| self.at_work(meeting)) {
            return NotOffered::OutsideHours.into();
        }
        if !self.has_candidate(start) {
            return NotOffered::OffTheGrid.into();
        }
        // One more guest is no more sessions: a limit refuses nobody a free seat.
        let joins = session.is_some_and(|session| session.seats_left > 0);
        if !joins && self.limited.iter().any(|limited| limited.contains_second(start)) {
            return NotBookable::LimitReached;
        }
        NotBookable::Taken
    }

    /// The session of a group type that begins at a start.
    pub(super) fn session_at(&self, start: i64) -> Option<Joint> {
        self.sessions.iter().find(|session| session.during.start() == start).copied()
    }

    /// The meeting that a booking at a start would be part of.
    pub(super) fn meeting_at(&self, start: i64) -> Option<Interval> {
        self.session_at(start).map(|session| session.during).or(self.lengths.meeting(start))
    }

    /// Whether a start, which must be the only one looked at, is on a grid, or a session begins at it.
    pub(super) fn has_candidate(&self, start: i64) -> bool {
        self.session_at(start).is_some() || self.grids().any(|(grid, _)| grid.has(start))
    }

    /// What a meeting at a start lacks of hours.
    pub(super) fn against_hours(&self, start: i64) -> Option<Obstacle> {
        let meeting = self.meeting_at(start)?;
        if self.at_work(meeting) {
            None
        } else if self.hours.around(meeting).is_some() {
            Some(Obstacle::BuffersOutsideHours)
        } else {
            Some(Obstacle::NotOffered(NotOffered::OutsideHours))
        }
    }

    /// What nothing else may overlap if this meeting takes place.
    pub(super) const fn protected(&self, meeting: Interval) -> Interval {
        self.lengths.protected(meeting)
    }

    /// Each window's grid, with those of the starts at which a meeting that begins in the window fits.
    fn grids(&self) -> impl Iterator<Item = (Grid, Interval)> {
        self.hours.windows.iter().filter_map(|window| {
            let fitting = self.lengths.starts_within(self.hours.around(*window)?)?;
            let starts = fitting.intersection(*window)?.intersection(self.starts)?;
            Some((Grid { from: window.start(), step: self.lengths.step }, starts))
        })
    }

    /// The sessions that have room for another guest, on the grid or off it (S9).
    fn joins(&self) -> Vec<Slot> {
        if self.sessions.is_empty() {
            return Vec::new();
        }
        let overlaps = self.taken.overlaps();
        // The session itself is there once for each host; nothing else may be.
        let alone = |session: &&Joint| overlaps.with(self.lengths.protected(session.during)) == self.hosts;
        let open = self.sessions.iter().filter(|session| session.seats_left > 0 && self.at_work(session.during));
        let slot = |s: &Joint| Slot { during: s.during, seats_left: Some(s.seats_left), session: Some(s.id) };
        open.filter(alone).map(slot).collect()
    }

    /// Whether a meeting lies within the hours, with its buffers if the terms ask for that.
    fn at_work(&self, meeting: Interval) -> bool {
        self.hours.around(self.lengths.at_work(meeting)).is_some()
    }
}
