//! What becomes of a booking: confirmed, declined, expired, called off, missed (B3, B5).

use chrono::Duration;

use super::reschedule::Move;
use crate::calendar::HostCalendar;
use crate::calendar::booking::{Booking, BookingStatus};
use crate::calendar::command::CalendarCommand;
use crate::calendar::event::{
    BookingCancelled, BookingConfirmed, BookingDeclined, BookingExpired, CalendarEvent, NoShowMarked, Party,
};
use crate::calendar::refusal::Refusal;
use crate::calendar::together::gives_up;
use crate::ids::BookingId;
use crate::personal::Personal;
use crate::text::Description;
use crate::time::Instant;

type Decision = Result<Vec<CalendarEvent>, Refusal>;

impl HostCalendar {
    /// Decides a command about a booking as far as it concerns this calendar alone.
    pub(super) fn change_booking(&self, command: &CalendarCommand, now: Instant) -> Decision {
        let booking = command.booking().and_then(|id| self.bookings.get(&id)).ok_or(Refusal::BookingNotFound)?;
        if !booking.hosts.is_empty() {
            return Err(Refusal::NeedsCalendars(booking.hosts.iter().copied().collect()));
        }
        let events = self.change_own_booking(booking, command, now)?;
        match booking.team {
            // The team's calendar counts who was assigned what.
            Some(team) if events.iter().any(gives_up) => Err(Refusal::NeedsCalendars([team.into()].into())),
            _ => Ok(events),
        }
    }

    /// Decides a command about a booking that stands in no other host's calendar.
    pub(in crate::calendar) fn change_own_booking(
        &self,
        booking: &Booking,
        command: &CalendarCommand,
        now: Instant,
    ) -> Decision {
        match Move::of(command) {
            Some((to, seen)) => {
                booking.changeable(seen, now)?;
                self.reschedule(booking, to, now)
            }
            None => self.end_booking(booking, command, now),
        }
    }

    /// Decides a command about a booking that asks for no other time: in each of its hosts' calendars the answer is the same.
    pub(in crate::calendar) fn end_booking(
        &self,
        booking: &Booking,
        command: &CalendarCommand,
        now: Instant,
    ) -> Decision {
        use CalendarCommand as C;
        match command {
            C::CancelBooking { by, reason, seen, .. } => {
                booking.changeable(*seen, now)?;
                let meeting_type = self.availability.settings.meeting_type(booking.meeting_type);
                let notice = meeting_type.map_or(0, |t| t.policies.cancellation_notice_minutes);
                booking.may_be_changed(*by, notice, now)?;
                let reason = booking.about_guest(reason.as_ref());
                Ok(vec![BookingCancelled { booking_id: booking.id, by: *by, reason, cancelled_at: now }.into()])
            }
            C::ConfirmBooking { seen, .. } => booking.confirm(*seen, now),
            C::DeclineBooking { by, reason, seen, .. } => booking.decline(*by, reason.as_ref(), *seen, now),
            C::ExpireBooking { .. } => Ok(booking.expire(now)),
            C::MarkNoShow { by, seen, .. } => booking.mark_no_show(*by, *seen, now),
            _ => Err(Refusal::BookingNotFound),
        }
    }
}

impl CalendarCommand {
    /// The booking that the command would change, if it is about one that exists.
    pub(in crate::calendar) const fn booking(&self) -> Option<BookingId> {
        match self {
            Self::RescheduleBooking { booking_id, .. }
            | Self::CancelBooking { booking_id, .. }
            | Self::ConfirmBooking { booking_id, .. }
            | Self::DeclineBooking { booking_id, .. }
            | Self::ExpireBooking { booking_id }
            | Self::MarkNoShow { booking_id, .. } => Some(*booking_id),
            _ => None,
        }
    }
}

impl Booking {
    /// Whether the booking may still be changed, by a caller who has seen its latest revision.
    pub(in crate::calendar) fn changeable(&self, seen: Option<u32>, now: Instant) -> Result<(), Refusal> {
        if !self.is_active_at(now) {
            return Err(Refusal::BookingNotActive);
        }
        self.seen_at(seen)?;
        if self.start <= now { Err(Refusal::AlreadyStarted) } else { Ok(()) }
    }

    /// Whether it is early enough for whoever asks: a guest is bound by the notice, host and administrator are not.
    pub(super) fn may_be_changed(&self, by: Party, notice_minutes: u32, now: Instant) -> Result<(), Refusal> {
        let too_late = now > self.start - Duration::minutes(notice_minutes.into());
        if by == Party::Guest && too_late { Err(Refusal::TooLateToChange { notice_minutes }) } else { Ok(()) }
    }

    /// Whatever is said about a meeting is personal data of its guest, and goes when they are erased.
    pub(super) fn about_guest(&self, reason: Option<&Description>) -> Option<Personal<Description>> {
        reason.map(|reason| Personal::plain(reason.clone(), self.guest.clone()))
    }

    fn seen_at(&self, seen: Option<u32>) -> Result<(), Refusal> {
        match seen {
            Some(seen) if seen != self.revision => Err(Refusal::StaleRevision { current: self.revision }),
            _ => Ok(()),
        }
    }

    fn confirm(&self, seen: Option<u32>, now: Instant) -> Decision {
        if !self.is_active_at(now) {
            return Err(Refusal::BookingNotActive);
        }
        self.seen_at(seen)?;
        match self.status {
            BookingStatus::Pending => Ok(vec![BookingConfirmed { booking_id: self.id, confirmed_at: now }.into()]),
            _ => Ok(Vec::new()),
        }
    }

    fn decline(&self, by: Party, reason: Option<&Description>, seen: Option<u32>, now: Instant) -> Decision {
        if !self.is_active_at(now) {
            return Err(Refusal::BookingNotActive);
        }
        self.seen_at(seen)?;
        if self.status != BookingStatus::Pending {
            return Err(Refusal::NotPending);
        }
        let reason = self.about_guest(reason);
        Ok(vec![BookingDeclined { booking_id: self.id, by, reason, declined_at: now }.into()])
    }

    fn expire(&self, now: Instant) -> Vec<CalendarEvent> {
        match (self.status, self.hold_until) {
            (BookingStatus::Pending, Some(until)) if until <= now => {
                vec![BookingExpired { booking_id: self.id, expired_at: now }.into()]
            }
            _ => Vec::new(),
        }
    }

    fn mark_no_show(&self, by: Party, seen: Option<u32>, now: Instant) -> Decision {
        if self.status != BookingStatus::Confirmed {
            return Err(Refusal::BookingNotActive);
        }
        if self.no_show {
            return Ok(Vec::new());
        }
        self.seen_at(seen)?;
        if now < self.start {
            return Err(Refusal::NotStarted);
        }
        Ok(vec![NoShowMarked { booking_id: self.id, by, marked_at: now }.into()])
    }
}
