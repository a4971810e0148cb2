//! Booking a time (B2, B3, V7, V9).

use chrono::Duration;

use crate::calendar::HostCalendar;
use crate::calendar::booking::Booking;
use crate::calendar::command::RequestBooking;
use crate::calendar::event::{BookingConfirmed, BookingRequested, CalendarEvent, Guest};
use crate::calendar::refusal::Refusal;
use crate::ids::{BookingId, SessionId};
use crate::meeting_type::MeetingType;
use crate::personal::Personal;
use crate::questions;
use crate::slots::{NotBookable, Slot};
use crate::time::{Instant, instant};

impl HostCalendar {
    pub(super) fn request_booking(
        &self,
        request: &RequestBooking,
        now: Instant,
    ) -> Result<Vec<CalendarEvent>, Refusal> {
        let meeting_type =
            self.availability.settings.meeting_type(request.meeting_type_id).ok_or(Refusal::MeetingTypeNotFound)?;
        if let Some(team) = meeting_type.team_id {
            return Err(Refusal::NeedsCalendars([team.into()].into()));
        }
        check_answers(meeting_type, &request.guest)?;
        if let Some(held) = self.held_already(request, now) {
            return Err(Refusal::AlreadyBooked(held));
        }
        let slot = self.bookable(meeting_type, request.start, None, now)?;
        Ok(booked(requested(meeting_type, slot, request, now)))
    }

    /// The slot at `start` if it can be booked; otherwise the first rule that it breaks, in the order of V9.
    pub(in crate::calendar) fn bookable(
        &self,
        meeting_type: &MeetingType,
        start: Instant,
        moving: Option<BookingId>,
        now: Instant,
    ) -> Result<Slot, Refusal> {
        if !meeting_type.is_active {
            return Err(Refusal::MeetingTypeInactive);
        }
        let judged = self.availability.judge(meeting_type, start, moving, now);
        judged.map_err(|why| refusal(why, || self.availability.alternatives(meeting_type, start, moving, now)))
    }

    /// The active booking with which this guest holds this very time already.
    pub(in crate::calendar) fn held_already(&self, request: &RequestBooking, now: Instant) -> Option<BookingId> {
        if !request.repeat_is_duplicate {
            return None;
        }
        let mine = |b: &&Booking| b.meeting_type == request.meeting_type_id && b.guest == *request.guest.subject();
        let there = self.availability.starting_at(request.start).filter_map(|r| self.bookings.get(&r.booking));
        there.filter(|b| b.is_active_at(now)).find(mine).map(|b| b.id)
    }
}

/// Why a time is refused, with what is free instead if somebody else has it.
pub(in crate::calendar) fn refusal(why: NotBookable, alternatives: impl FnOnce() -> Vec<Slot>) -> Refusal {
    match why {
        NotBookable::NotOffered(why) => Refusal::InvalidTimeSlot(why),
        NotBookable::LimitReached => Refusal::MaxBookingsReached,
        NotBookable::Taken => Refusal::SlotUnavailable(alternatives()),
    }
}

/// Checks the guest's answers, as far as they can be read.
pub(in crate::calendar) fn check_answers(meeting_type: &MeetingType, guest: &Personal<Guest>) -> Result<(), Refusal> {
    let Some(guest) = guest.get() else { return Ok(()) };
    let broken = questions::check(&meeting_type.questions, &guest.answers);
    if broken.is_empty() { Ok(()) } else { Err(Refusal::Invalid(broken)) }
}

/// The request for a slot that can be booked.
pub(in crate::calendar) fn requested(
    meeting_type: &MeetingType,
    slot: Slot,
    request: &RequestBooking,
    now: Instant,
) -> BookingRequested {
    let start = instant(slot.during.start());
    BookingRequested {
        booking_id: request.booking_id,
        session_id: slot.session.unwrap_or(SessionId::from(request.booking_id)),
        meeting_type_id: meeting_type.id,
        start,
        end: instant(slot.during.end()),
        buffer_before_minutes: meeting_type.terms.buffer_before_minutes,
        buffer_after_minutes: meeting_type.terms.buffer_after_minutes,
        guest: request.guest.clone(),
        guest_time_zone: request.guest_time_zone.clone(),
        hold_until: meeting_type.policies.requires_confirmation.then(|| hold_until(meeting_type, start, now)),
        series_id: None,
        team_id: meeting_type.team_id,
        hosts: Vec::new(),
        requested_at: now,
    }
}

/// A request, and its confirmation if nobody has to answer it first.
pub(in crate::calendar) fn booked(requested: BookingRequested) -> Vec<CalendarEvent> {
    let confirmed = BookingConfirmed { booking_id: requested.booking_id, confirmed_at: requested.requested_at };
    match requested.hold_until {
        Some(_) => vec![requested.into()],
        None => vec![requested.into(), confirmed.into()],
    }
}

/// Until when the host must answer: as long as the policy says, and never beyond the start.
pub(super) fn hold_until(meeting_type: &MeetingType, start: Instant, now: Instant) -> Instant {
    (now + Duration::minutes(meeting_type.policies.hold_minutes.into())).min(start)
}
