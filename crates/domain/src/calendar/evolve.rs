//! How a calendar follows its events. Never fails: what happened, happened.

use std::sync::Arc;

use chrono::Duration;

use super::booking::{Booking, BookingStatus};
use super::event::{BookingRequested, CalendarEvent};
use super::{BOOKING_MEMORY_DAYS, HostCalendar};
use crate::ids::BookingId;
use crate::time::Instant;

impl HostCalendar {
    /// Follows an event.
    pub fn evolve(&mut self, event: &CalendarEvent) {
        self.version += 1;
        self.evolve_assignments(event);
        Arc::make_mut(&mut self.availability).evolve(event);
        match event {
            CalendarEvent::BookingRequested(e) => {
                self.forget_old_bookings(e);
                self.bookings.insert(e.booking_id, Booking::requested(e));
            }
            CalendarEvent::BookingConfirmed(e) => self.change(e.booking_id, |b| {
                b.status = BookingStatus::Confirmed;
                b.changed_at = e.confirmed_at;
                // Confirming in the command that asked is no change of its own: the revision stays.
                if b.hold_until.take().is_some() {
                    b.revision += 1;
                }
            }),
            CalendarEvent::BookingRescheduled(e) => self.change(e.booking_id, |b| {
                (b.start, b.end, b.session) = (e.start, e.end, e.session_id);
                b.rescheduled_from = Some(e.previous_start);
                if e.hold_until.is_some() {
                    (b.status, b.hold_until) = (BookingStatus::Pending, e.hold_until);
                }
                b.changed_now(e.rescheduled_at);
            }),
            CalendarEvent::BookingCancelled(e) => {
                self.change(e.booking_id, |b| b.over(BookingStatus::Cancelled, e.cancelled_at));
            }
            CalendarEvent::BookingDeclined(e) => {
                self.change(e.booking_id, |b| b.over(BookingStatus::Declined, e.declined_at));
            }
            CalendarEvent::BookingExpired(e) => {
                self.change(e.booking_id, |b| b.over(BookingStatus::Expired, e.expired_at));
            }
            CalendarEvent::NoShowMarked(e) => self.change(e.booking_id, |b| {
                b.no_show = true;
                b.changed_now(e.marked_at);
            }),
            _ => {}
        }
    }

    /// Follows what a team's stream says about whose turn it was, with the roster as it was before.
    fn evolve_assignments(&mut self, event: &CalendarEvent) {
        let Some(team) = self.availability.settings.team.as_deref() else { return };
        let assignments = self.assignments.get_or_insert_default();
        match event {
            CalendarEvent::HostAssigned(e) => assignments.assign(e),
            CalendarEvent::AssignmentWithdrawn(e) => assignments.withdraw(e, team),
            CalendarEvent::TeamMembersChanged(e) => assignments.carry_over(team, &e.members),
            CalendarEvent::MeetingTypeRemoved(e) => assignments.drop_type(e.meeting_type_id),
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
            hold_until: e.hold_until,
            no_show: false,
            series: e.series_id,
            team: e.team_id,
            hosts: e.hosts.clone(),
            rescheduled_from: None,
            requested_at: e.requested_at,
            changed_at: e.requested_at,
            revision: 1,
        }
    }

    fn changed_now(&mut self, at: Instant) {
        self.changed_at = at;
        self.revision += 1;
    }

    fn over(&mut self, status: BookingStatus, at: Instant) {
        self.status = status;
        self.hold_until = None;
        self.changed_now(at);
    }
}
