//! Moving a booking (B5, V7).

use super::request::hold_until;
use crate::calendar::HostCalendar;
use crate::calendar::booking::Booking;
use crate::calendar::command::CalendarCommand;
use crate::calendar::event::{BookingRescheduled, CalendarEvent, Party};
use crate::calendar::refusal::Refusal;
use crate::ids::SessionId;
use crate::meeting_type::{Kind, MeetingType};
use crate::slots::Slot;
use crate::text::Description;
use crate::time::{Instant, instant};

/// What is asked of a booking that moves.
#[derive(Clone, Copy)]
pub(in crate::calendar) struct Move<'a> {
    pub(in crate::calendar) start: Instant,
    pub(in crate::calendar) session_id: SessionId,
    pub(in crate::calendar) by: Party,
    pub(in crate::calendar) reason: Option<&'a Description>,
}

impl<'a> Move<'a> {
    /// The move that a command asks for, if it is one that does, and the revision that the caller has seen.
    pub(in crate::calendar) const fn of(command: &'a CalendarCommand) -> Option<(Self, Option<u32>)> {
        let CalendarCommand::RescheduleBooking { start, session_id, by, reason, seen, .. } = command else {
            return None;
        };
        Some((Self { start: *start, session_id: *session_id, by: *by, reason: reason.as_ref() }, *seen))
    }
}

impl HostCalendar {
    pub(super) fn reschedule(
        &self,
        booking: &Booking,
        to: Move<'_>,
        now: Instant,
    ) -> Result<Vec<CalendarEvent>, Refusal> {
        if booking.start == to.start {
            return Ok(Vec::new());
        }
        let meeting_type = self.terms_of_move(booking, to.by, now)?;
        let slot = self.bookable(meeting_type, to.start, Some(booking.id), now)?;
        Ok(vec![booking.moved(meeting_type, slot, to, now).into()])
    }

    /// The terms under which a booking may move.
    pub(in crate::calendar) fn terms_of_move(
        &self,
        booking: &Booking,
        by: Party,
        now: Instant,
    ) -> Result<&MeetingType, Refusal> {
        // A booking outlives its meeting type, but nothing new can be offered under terms that are gone.
        let meeting_type = self.availability.settings.meeting_type(booking.meeting_type);
        let meeting_type = meeting_type.ok_or(Refusal::MeetingTypeInactive)?;
        booking.may_be_changed(by, meeting_type.policies.reschedule_notice_minutes, now)?;
        Ok(meeting_type)
    }
}

impl Booking {
    /// The move to a slot that can be booked.
    pub(in crate::calendar) fn moved(
        &self,
        meeting_type: &MeetingType,
        slot: Slot,
        to: Move<'_>,
        now: Instant,
    ) -> BookingRescheduled {
        let start = instant(slot.during.start());
        // Whoever leaves a session may leave others behind in it, even under its own booking's id: it opens a fresh one.
        let shares = meeting_type.kind == Kind::Group || self.session != SessionId::from(self.id);
        let own = if shares { to.session_id } else { self.session };
        BookingRescheduled {
            booking_id: self.id,
            session_id: slot.session.unwrap_or(own),
            meeting_type_id: self.meeting_type,
            previous_start: self.start,
            start,
            end: instant(slot.during.end()),
            buffer_before_minutes: meeting_type.terms.buffer_before_minutes,
            buffer_after_minutes: meeting_type.terms.buffer_after_minutes,
            hold_until: match to.by {
                // A guest who moves asks again; a host who does has answered neither more nor less than before.
                Party::Guest if meeting_type.policies.requires_confirmation => {
                    Some(hold_until(meeting_type, start, now))
                }
                _ => self.hold_until.map(|until| until.min(start)),
            },
            by: to.by,
            reason: self.about_guest(to.reason),
            rescheduled_at: now,
        }
    }
}
