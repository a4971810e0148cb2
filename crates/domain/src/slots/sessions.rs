//! Meetings that are already in the calendar, one per session however many guests share it (S9).

use super::SlotRequest;
use crate::ids::SessionId;
use crate::time::{Interval, MINUTE};

/// No buffer is longer, so a reservation that starts this much later than an instant cannot protect it.
const LONGEST_BUFFER: i64 = u16::MAX as i64 * MINUTE;

/// A meeting with its guests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    /// The meeting.
    pub(super) during: Interval,
    /// The meeting with its guests' buffers.
    pub(super) protected: Interval,
    /// Its id.
    pub(super) id: SessionId,
    /// How many bookings share it.
    pub(super) guests: u16,
    /// Whether it is of the meeting type that is asked for.
    pub(super) same_type: bool,
}

/// The host's sessions whose protected range reaches into `near`, sorted by start, without a booking that is being moved.
pub(super) fn sessions(host: &SlotRequest<'_>, near: Interval) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    let possible = host.reservations.iter().take_while(|r| r.during.start() - LONGEST_BUFFER < near.end());
    for reservation in possible.filter(|r| r.protected().overlaps(near) && Some(r.booking) != host.moving) {
        // The guests of one session start together, so they are neighbours.
        let mut neighbours = sessions.iter_mut().rev().take_while(|s| s.during.start() == reservation.during.start());
        match neighbours.find(|s| s.id == reservation.session && s.during == reservation.during) {
            Some(session) => {
                session.guests = session.guests.saturating_add(1);
                session.protected = session.protected.hull(reservation.protected());
            }
            None => sessions.push(Session {
                during: reservation.during,
                protected: reservation.protected(),
                id: reservation.session,
                guests: 1,
                same_type: reservation.meeting_type == host.meeting_type,
            }),
        }
    }
    sessions
}

/// The length of the host's longest meeting of the type: a session keeps the length with which it was booked.
pub(super) fn longest(host: &SlotRequest<'_>) -> i64 {
    let same_type = host.reservations.iter().filter(|r| r.meeting_type == host.meeting_type);
    same_type.map(|r| r.during.seconds()).max().unwrap_or_default()
}

/// A session of a group type that every host who takes part has in the calendar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joint {
    /// The meeting.
    pub(super) during: Interval,
    /// Its id, with the first host.
    pub(super) id: SessionId,
    /// Seats that another guest may take.
    pub(super) seats_left: u16,
}

/// The sessions of the type that begin at one of `starts` with every host.
pub(super) fn joint(hosts: &[Vec<Session>], starts: Interval, capacity: u16) -> Vec<Joint> {
    let Some((first, others)) = hosts.split_first() else { return Vec::new() };
    let in_question =
        first.iter().filter(|session| session.same_type && starts.contains_second(session.during.start()));
    let everywhere = in_question.filter_map(|session| {
        let guests = others.iter().try_fold(session.guests, |most, theirs| {
            let same = theirs.iter().find(|their| their.same_type && their.during == session.during)?;
            Some(most.max(same.guests))
        })?;
        Some(Joint { during: session.during, id: session.id, seats_left: capacity.saturating_sub(guests) })
    });
    everywhere.collect()
}
