//! The slot engine: which starts are offered, and why one is not (V3–V7).
//!
//! Rules S1–S10 of the conformance suite. Linear in windows, busy times and slots.

mod bookable;
pub mod cases;

mod collective;
mod grid;
mod lengths;
mod limits;
mod obstacles;
mod outlook;
mod sessions;
mod taken;
mod union;
mod working_time;

pub use collective::{Collective, nearest_of, round_robin};
pub use limits::Limit;
pub use obstacles::Obstacle;
pub(crate) use working_time::{Opening, openings};

use crate::ids::{BookingId, MeetingTypeId, SessionId};
use crate::meeting_type::Terms;
use crate::reservation::Reservation;
use crate::schedule::Hours;
use crate::time::{Instant, Interval};
use crate::zone::HostZones;

/// Everything that decides which starts of one meeting type one host offers.
#[derive(Clone, Copy, Debug)]
pub struct SlotRequest<'a> {
    /// The zones of the host's wall clock.
    pub zones: &'a HostZones,
    /// Weekly rules and overrides.
    pub hours: &'a Hours,
    /// The meeting type's terms.
    pub terms: &'a Terms,
    /// The meeting type: its own reservations count towards limits and can be joined.
    pub meeting_type: MeetingTypeId,
    /// Times that active bookings hold, sorted by `(during.start, booking)`.
    pub reservations: &'a [Reservation],
    /// External busy times, in any order; they may overlap.
    pub busy: &'a [Interval],
    /// A booking that is being rescheduled: it blocks nothing and counts towards no limit.
    pub moving: Option<BookingId>,
    /// The time at which the question is asked.
    pub now: Instant,
}

/// A start that can be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The meeting.
    pub during: Interval,
    /// Seats that are still free; only for types that several guests share.
    pub seats_left: Option<u16>,
    /// The session that a booking would join; without one it opens its own.
    pub session: Option<SessionId>,
}

/// Why a start is not among those a host offers at all, whatever is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NotOffered {
    /// The start is over.
    #[error("the time has passed")]
    InThePast,
    /// The start is nearer than the minimum notice.
    #[error("the time is too soon: the minimum notice would not be kept")]
    TooSoon,
    /// The date is outside the booking window.
    #[error("the date cannot be booked yet, or no longer")]
    OutsideBookingWindow,
    /// The meeting would not lie within the host's hours.
    #[error("the time is outside the host's hours")]
    OutsideHours,
    /// The start is within the host's hours but no step of the grid.
    #[error("the time is not one of the host's starting times")]
    OffTheGrid,
}

/// Why a start cannot be booked; the first reason in this order (V9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NotBookable {
    /// It is not offered, whatever is booked.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
    /// A limit per day or week is used up.
    #[error("the limit of bookings for this day or week is reached")]
    LimitReached,
    /// Another booking, or the host's own calendar, holds the time.
    #[error("the time is taken")]
    Taken,
}

impl SlotRequest<'_> {
    /// Every start within `range` (`range.start ≤ start < range.end`) that can be booked, sorted.
    pub fn offered(&self, range: Interval) -> Vec<Slot> {
        self.alone().offered(range)
    }

    /// The slot at `start`, exactly if [`offered`](Self::offered) contains it (V7), or the first reason against it (V9).
    pub fn judge(&self, start: Instant) -> Result<Slot, NotBookable> {
        self.alone().judge(start)
    }

    /// Up to `count` offered slots, nearest to `start` first and the earlier one of two that are equally near (V9).
    ///
    /// Looks at 62 days on each side of `start` at most, or of the nearest start that notice and booking window allow.
    pub fn nearest(&self, start: Instant, count: usize) -> Vec<Slot> {
        self.alone().nearest(start, count)
    }

    /// The first instant after `now` at which `offered(range)` would answer differently although nothing happens: notice
    /// passes a slot, a rolling window gains a day. It may be early, never late.
    pub fn changes_at(&self, range: Interval) -> Option<Instant> {
        self.alone().changes_at(range)
    }

    /// [`changes_at`](Self::changes_at) for those who know the first slot of `offered(range)` already.
    pub fn changes_after(&self, range: Interval, first: Option<&Slot>) -> Option<Instant> {
        self.alone().changes_after(range, first)
    }

    fn alone(&self) -> Collective<'_> {
        Collective(std::slice::from_ref(self))
    }
}
