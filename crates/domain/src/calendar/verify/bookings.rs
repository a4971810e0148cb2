//! Bookings, judged at the instants that they record.

use super::{Verdict, Violation, first_of};
use crate::calendar::HostCalendar;
use crate::calendar::booking::{Booking, BookingStatus};
use crate::calendar::command::{CalendarCommand, RequestBooking};
use crate::calendar::decide::request::{check_answers, refusal, requested};
use crate::calendar::decide::reschedule::Move;
use crate::calendar::event::{BookingRequested, BookingRescheduled, CalendarEvent};
use crate::calendar::refusal::Refusal;
use crate::calendar::together::{Calendars, judge_together};
use crate::ids::{BookingId, HostId};
use crate::meeting_type::{Kind, MeetingType};
use crate::slots::{NotBookable, NotOffered, Obstacle, Slot};
use crate::time::{Instant, Interval};

impl HostCalendar {
    pub(super) fn verify_request(&self, e: &BookingRequested, others: &Calendars) -> Verdict {
        if self.bookings.contains_key(&e.booking_id) {
            return Err(Refusal::AlreadyBooked(e.booking_id).into());
        }
        let meeting_type = self.availability.settings.meeting_type(e.meeting_type_id);
        let meeting_type = meeting_type.ok_or(Refusal::MeetingTypeNotFound)?;
        if (meeting_type.kind == Kind::Collective) == e.hosts.is_empty() {
            return Err(Violation::Differs { member: "hosts".to_owned() });
        }
        check_answers(meeting_type, &e.guest)?;
        let slot = self.slot_at(meeting_type, e.start, None, &e.hosts, others, e.requested_at)?;
        let request = RequestBooking {
            booking_id: e.booking_id,
            meeting_type_id: e.meeting_type_id,
            start: e.start,
            guest: e.guest.clone(),
            guest_time_zone: e.guest_time_zone.clone(),
            repeat_is_duplicate: false,
        };
        let expected = requested(meeting_type, slot, &request, e.requested_at);
        // A series is judged meeting by meeting, each with those before it in place, as it was decided.
        let expected = BookingRequested { series_id: e.series_id, hosts: e.hosts.clone(), ..expected };
        first_of(&[expected.into()], &e.clone().into())
    }

    pub(super) fn verify_move(&self, e: &BookingRescheduled, others: &Calendars) -> Verdict {
        let booking = self.bookings.get(&e.booking_id).ok_or(Refusal::BookingNotFound)?;
        booking.changeable(None, e.rescheduled_at)?;
        if booking.start == e.start {
            return Err(Violation::Unfounded);
        }
        let meeting_type = self.terms_of_move(booking, e.by, e.rescheduled_at)?;
        let moving = Some(booking.id);
        let slot = self.slot_at(meeting_type, e.start, moving, &booking.hosts, others, e.rescheduled_at)?;
        let to = Move { start: e.start, session_id: e.session_id, by: e.by, reason: None };
        let expected = booking.moved(meeting_type, slot, to, e.rescheduled_at);
        first_of(&[expected.into()], &e.clone().into())
    }

    pub(super) fn verify_end(&self, event: &CalendarEvent) -> Verdict {
        use CalendarCommand as C;
        use CalendarEvent as E;
        let booking = event.booking_id().and_then(|id| self.bookings.get(&id)).ok_or(Refusal::BookingNotFound)?;
        let booking_id = booking.id;
        let (command, now) = match event {
            E::BookingConfirmed(e) if booking.is_confirmed_at_once() => {
                let at_once = e.confirmed_at == booking.requested_at;
                return if at_once { Ok(()) } else { Err(Violation::Differs { member: "confirmed_at".to_owned() }) };
            }
            E::BookingConfirmed(e) => (C::ConfirmBooking { booking_id, seen: None }, e.confirmed_at),
            E::BookingCancelled(e) => {
                (C::CancelBooking { booking_id, by: e.by, reason: None, seen: None }, e.cancelled_at)
            }
            E::BookingDeclined(e) => {
                (C::DeclineBooking { booking_id, by: e.by, reason: None, seen: None }, e.declined_at)
            }
            E::BookingExpired(e) => (C::ExpireBooking { booking_id }, e.expired_at),
            E::NoShowMarked(e) => (C::MarkNoShow { booking_id, by: e.by, seen: None }, e.marked_at),
            _ => return Err(Violation::Unfounded),
        };
        first_of(&self.end_booking(booking, &command, now)?, event)
    }

    /// The slot at a start, with this host or with all of `hosts`.
    fn slot_at(
        &self,
        meeting_type: &MeetingType,
        start: Instant,
        moving: Option<BookingId>,
        hosts: &[HostId],
        others: &Calendars,
        now: Instant,
    ) -> Result<Slot, Refusal> {
        if hosts.is_empty() {
            return self.bookable(meeting_type, start, moving, now);
        }
        if !meeting_type.is_active {
            return Err(Refusal::MeetingTypeInactive);
        }
        // Whose calendar this is, it does not know itself: the one host who is not among the others.
        if hosts.iter().filter(|host| !others.contains_key(host)).count() <= 1 {
            let calendars = hosts.iter().map(|host| others.get(host).map_or(self, AsRef::as_ref));
            let requests = calendars.map(|calendar| calendar.availability.request(meeting_type, moving, now));
            return judge_together(&requests.collect::<Vec<_>>(), start);
        }
        self.own_part_of(meeting_type, start, moving, now)
    }

    /// The slot at a start that is on a grid which only several hosts know together.
    fn own_part_of(
        &self,
        meeting_type: &MeetingType,
        start: Instant,
        moving: Option<BookingId>,
        now: Instant,
    ) -> Result<Slot, Refusal> {
        let obstacles = self.availability.request(meeting_type, moving, now).obstacles(start);
        let why = obstacles.into_iter().find_map(|obstacle| match obstacle {
            Obstacle::NotOffered(NotOffered::OffTheGrid) => None,
            Obstacle::NotOffered(why) => Some(NotBookable::NotOffered(why)),
            Obstacle::BuffersOutsideHours => Some(NotOffered::OutsideHours.into()),
            Obstacle::Limit { .. } => Some(NotBookable::LimitReached),
            _ => Some(NotBookable::Taken),
        });
        let seconds = i64::from(meeting_type.terms.duration_minutes) * 60;
        match (why, Interval::new(start.timestamp(), start.timestamp().saturating_add(seconds))) {
            (None, Some(during)) => Ok(Slot { during, seats_left: None, session: None }),
            (why, _) => Err(refusal(why.unwrap_or(NotOffered::OffTheGrid.into()), Vec::new)),
        }
    }
}

impl Booking {
    /// Whether nobody has to answer before the booking is confirmed.
    fn is_confirmed_at_once(&self) -> bool {
        self.status == BookingStatus::Pending && self.hold_until.is_none()
    }
}
