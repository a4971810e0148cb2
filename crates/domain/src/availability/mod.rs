//! When a host can be met: the part of a calendar that answers every question about slots (V4–V9).
//!
//! Commands ask it through [`HostCalendar`](crate::calendar::HostCalendar), queries through the read model; both hold this
//! same type and call these same functions, so what is offered is what a command accepts (V7).

mod settings;

pub use settings::{Schedule, Settings};

use serde::{Deserialize, Serialize};

use crate::calendar::event::CalendarEvent;
use crate::ids::BookingId;
use crate::meeting_type::MeetingType;
use crate::reservation::Reservation;
use crate::slots::{NotBookable, Slot, SlotRequest};
use crate::time::{Instant, Interval, instant};

/// Alternatives at most in one answer (V9).
pub const ALTERNATIVES: usize = 5;

/// Settings and the time that active bookings hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// What the host has set up.
    pub settings: Settings,
    /// Times held by active bookings, sorted by start and booking.
    pub reservations: Vec<Reservation>,
}

impl Availability {
    /// The starts that guests may book within `range`, sorted.
    pub fn offered(&self, meeting_type: &MeetingType, range: Interval, now: Instant) -> Vec<Slot> {
        self.request(meeting_type, None, now).offered(range)
    }

    /// The slot at `start`, or why it cannot be booked. `moving` names a booking that would leave its time for this one.
    pub fn judge(
        &self,
        meeting_type: &MeetingType,
        start: Instant,
        moving: Option<BookingId>,
        now: Instant,
    ) -> Result<Slot, NotBookable> {
        self.request(meeting_type, moving, now).judge(start)
    }

    /// Up to [`ALTERNATIVES`] bookable slots, nearest to `start` first.
    pub fn alternatives(
        &self,
        meeting_type: &MeetingType,
        start: Instant,
        moving: Option<BookingId>,
        now: Instant,
    ) -> Vec<Slot> {
        self.request(meeting_type, moving, now).nearest(start, ALTERNATIVES)
    }

    /// The first instant at which [`offered`](Self::offered) answers differently although nothing happens.
    pub fn changes_at(&self, meeting_type: &MeetingType, range: Interval, now: Instant) -> Option<Instant> {
        self.request(meeting_type, None, now).changes_at(range)
    }

    /// The reservations of meetings that start at this very second.
    pub fn starting_at(&self, start: Instant) -> impl Iterator<Item = &Reservation> {
        let start = start.timestamp();
        let first = self.reservations.partition_point(|r| r.during.start() < start);
        self.reservations[first..].iter().take_while(move |r| r.during.start() == start)
    }

    /// Everything that decides which starts of the meeting type the host offers. `moving` names a booking that would leave its
    /// time.
    pub fn request<'a>(
        &'a self,
        meeting_type: &'a MeetingType,
        moving: Option<BookingId>,
        now: Instant,
    ) -> SlotRequest<'a> {
        SlotRequest {
            zones: &self.settings.zones,
            hours: self.settings.hours_of(meeting_type),
            terms: &meeting_type.terms,
            meeting_type: meeting_type.id,
            reservations: &self.reservations,
            busy: &[],
            moving,
            now,
        }
    }

    /// Follows an event.
    pub fn evolve(&mut self, event: &CalendarEvent) {
        if self.settings.evolve(event) {
            return;
        }
        match event {
            CalendarEvent::BookingRequested(e) => self.reserve(Reservation {
                during: e.during(),
                buffer_before_minutes: e.buffer_before_minutes,
                buffer_after_minutes: e.buffer_after_minutes,
                booking: e.booking_id,
                session: e.session_id,
                meeting_type: e.meeting_type_id,
            }),
            CalendarEvent::BookingRescheduled(e) => self.reserve(Reservation {
                during: e.during(),
                buffer_before_minutes: e.buffer_before_minutes,
                buffer_after_minutes: e.buffer_after_minutes,
                booking: e.booking_id,
                session: e.session_id,
                meeting_type: e.meeting_type_id,
            }),
            CalendarEvent::BookingCancelled(e) => self.release(e.booking_id),
            CalendarEvent::BookingDeclined(e) => self.release(e.booking_id),
            CalendarEvent::BookingExpired(e) => self.release(e.booking_id),
            _ => {}
        }
    }

    /// Drops the time of bookings that ended before `limit`.
    pub fn forget_before(&mut self, limit: Instant) {
        self.reservations.retain(|r| instant(r.during.end()) >= limit);
    }

    fn reserve(&mut self, reservation: Reservation) {
        self.release(reservation.booking);
        let key = |r: &Reservation| (r.during.start(), r.booking);
        let at = self.reservations.partition_point(|r| key(r) < key(&reservation));
        self.reservations.insert(at, reservation);
    }

    fn release(&mut self, booking: BookingId) {
        self.reservations.retain(|r| r.booking != booking);
    }
}
