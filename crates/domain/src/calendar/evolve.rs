//! How a calendar follows its events. Never fails: what happened, happened.

use std::sync::Arc;

use chrono::Duration;

use super::booking::{Booking, BookingStatus};
use super::event::{BookingRequested, CalendarEvent};
use super::{BOOKING_MEMORY_DAYS, HostCalendar};
use crate::ids::BookingId;

impl HostCalendar {
    /// Follows an event.
    pub fn evolve(&mut self, event: &CalendarEvent) {
        self.version += 1;
        Arc::make_mut(&mut self.availability).evolve(event);
        match event {
            CalendarEvent::BookingRequested(e) => {
                self.forget_old_bookings(e);
                self.bookings.insert(e.booking_id, Booking::requested(e));
            }
            // Confirming in the command that asked is no change of its own: the revision stays.
            CalendarEvent::BookingConfirmed(e) => self.change(e.booking_id, |b| {
                b.status = BookingStatus::Confirmed;
                b.changed_at = e.confirmed_at;
            }),
            CalendarEvent::BookingRescheduled(e) => self.change(e.booking_id, |b| {
                (b.start, b.end, b.session) = (e.start, e.end, e.session_id);
                b.rescheduled_from = Some(e.previous_start);
                b.changed_at = e.rescheduled_at;
                b.revision += 1;
            }),
            CalendarEvent::BookingCancelled(e) => self.change(e.booking_id, |b| {
                b.status = BookingStatus::Cancelled;
                b.changed_at = e.cancelled_at;
                b.revision += 1;
            }),
            _ => {}
        }
    }

    fn change(&mut self, id: BookingId, change: impl FnOnce(&mut Booking)) {
        if let Some(booking) = self.bookings.get_mut(&id) {
            change(booking);
        }
    }

    /// Keeps the state bounded, once a day of the calendar's own time, so that a replay forgets exactly what the original did.
    fn forget_old_bookings(&mut self, request: &BookingRequested) {
        let now = request.requested_at;
        if self.forget_at.is_none_or(|at| at <= now) {
            let limit = now - Duration::days(BOOKING_MEMORY_DAYS);
            self.bookings.retain(|_, booking| booking.end >= limit);
            Arc::make_mut(&mut self.availability).forget_before(limit);
            self.forget_at = Some(now + Duration::days(1));
        }
    }
}

impl Booking {
    fn requested(e: &BookingRequested) -> Self {
        Self {
            id: e.booking_id,
            meeting_type: e.meeting_type_id,
            session: e.session_id,
            guest: e.guest.subject().clone(),
            start: e.start,
            end: e.end,
            status: BookingStatus::Pending,
            rescheduled_from: None,
            requested_at: e.requested_at,
            changed_at: e.requested_at,
            revision: 1,
        }
    }
}
