//! Bookings: request, reschedule, cancel (B3, B5, V7, V9).

use crate::calendar::HostCalendar;
use crate::calendar::booking::Booking;
use crate::calendar::command::RequestBooking;
use crate::calendar::event::{
    BookingCancelled, BookingConfirmed, BookingRequested, BookingRescheduled, CalendarEvent, Party,
};
use crate::calendar::refusal::Refusal;
use crate::ids::{BookingId, SessionId};
use crate::meeting_type::MeetingType;
use crate::personal::Personal;
use crate::slots::{NotBookable, Slot};
use crate::text::Description;
use crate::time::{Instant, instant};

/// Whatever is said about a meeting is personal data of its guest, and goes when they are erased.
fn about_guest(booking: &Booking, reason: Option<&Description>) -> Option<Personal<Description>> {
    reason.map(|reason| Personal::plain(reason.clone(), booking.guest.clone()))
}

impl HostCalendar {
    pub(super) fn request_booking(
        &self,
        request: &RequestBooking,
        now: Instant,
    ) -> Result<Vec<CalendarEvent>, Refusal> {
        let meeting_type =
            self.availability.settings.meeting_type(request.meeting_type_id).ok_or(Refusal::MeetingTypeNotFound)?;
        if let Some(held) = self.held_already(request) {
            return Err(Refusal::AlreadyBooked(held));
        }
        let slot = self.bookable(meeting_type, request.start, None, now)?;
        let requested = BookingRequested {
            booking_id: request.booking_id,
            session_id: slot.session.unwrap_or(SessionId::from(request.booking_id)),
            meeting_type_id: meeting_type.id,
            start: instant(slot.during.start()),
            end: instant(slot.during.end()),
            buffer_before_minutes: meeting_type.terms.buffer_before_minutes,
            buffer_after_minutes: meeting_type.terms.buffer_after_minutes,
            guest: request.guest.clone(),
            guest_time_zone: request.guest_time_zone.clone(),
            requested_at: now,
        };
        let confirmed = BookingConfirmed { booking_id: request.booking_id, confirmed_at: now };
        Ok(vec![requested.into(), confirmed.into()])
    }

    pub(super) fn reschedule(
        &self,
        booking: &Booking,
        start: Instant,
        by: Party,
        reason: Option<&Description>,
        now: Instant,
    ) -> Result<Vec<CalendarEvent>, Refusal> {
        if booking.start == start {
            return Ok(Vec::new());
        }
        let settings = &self.availability.settings;
        // A booking outlives its meeting type, but nothing new can be offered under terms that are gone.
        let meeting_type = settings.meeting_type(booking.meeting_type).ok_or(Refusal::MeetingTypeInactive)?;
        let slot = self.bookable(meeting_type, start, Some(booking.id), now)?;
        let rescheduled = BookingRescheduled {
            booking_id: booking.id,
            session_id: slot.session.unwrap_or(SessionId::from(booking.id)),
            meeting_type_id: booking.meeting_type,
            previous_start: booking.start,
            start: instant(slot.during.start()),
            end: instant(slot.during.end()),
            buffer_before_minutes: meeting_type.terms.buffer_before_minutes,
            buffer_after_minutes: meeting_type.terms.buffer_after_minutes,
            by,
            reason: about_guest(booking, reason),
            rescheduled_at: now,
        };
        Ok(vec![rescheduled.into()])
    }

    pub(super) fn cancel(
        booking: &Booking,
        by: Party,
        reason: Option<&Description>,
        now: Instant,
    ) -> Vec<CalendarEvent> {
        vec![
            BookingCancelled { booking_id: booking.id, by, reason: about_guest(booking, reason), cancelled_at: now }
                .into(),
        ]
    }

    /// A booking that may still be changed, by a caller who has seen its latest revision.
    pub(super) fn changeable(&self, id: BookingId, seen: Option<u32>, now: Instant) -> Result<&Booking, Refusal> {
        let booking = self.bookings.get(&id).ok_or(Refusal::BookingNotFound)?;
        if !booking.status.is_active() {
            return Err(Refusal::BookingNotActive);
        }
        if seen.is_some_and(|seen| seen != booking.revision) {
            return Err(Refusal::StaleRevision { current: booking.revision });
        }
        if booking.start <= now {
            return Err(Refusal::AlreadyStarted);
        }
        Ok(booking)
    }

    /// The slot at `start` if it can be booked; otherwise the first rule that it breaks, in the order of V9.
    fn bookable(
        &self,
        meeting_type: &MeetingType,
        start: Instant,
        moving: Option<BookingId>,
        now: Instant,
    ) -> Result<Slot, Refusal> {
        if !meeting_type.is_active {
            return Err(Refusal::MeetingTypeInactive);
        }
        self.availability.judge(meeting_type, start, moving, now).map_err(|why| match why {
            NotBookable::NotOffered(why) => Refusal::InvalidTimeSlot(why),
            NotBookable::LimitReached => Refusal::MaxBookingsReached,
            NotBookable::Taken => {
                Refusal::SlotUnavailable(self.availability.alternatives(meeting_type, start, moving, now))
            }
        })
    }

    /// The active booking with which this guest holds this very time already.
    fn held_already(&self, request: &RequestBooking) -> Option<BookingId> {
        if !request.repeat_is_duplicate {
            return None;
        }
        let mine = |b: &&Booking| b.meeting_type == request.meeting_type_id && b.guest == *request.guest.subject();
        let there = self.availability.starting_at(request.start).filter_map(|r| self.bookings.get(&r.booking));
        there.filter(|b| b.status.is_active()).find(mine).map(|b| b.id)
    }
}
