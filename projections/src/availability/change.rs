//! What a batch of events does to the rows of one host. The rules are the domain's own: it is asked, not copied.

use std::collections::BTreeMap;

use chrono::Duration;
use daybook_domain::availability::{Availability, Settings};
use daybook_domain::calendar::BOOKING_MEMORY_DAYS;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::{BookingId, MeetingTypeId, SessionId};
use daybook_domain::reservation::Reservation;
use daybook_domain::time::{Instant, Interval, instant};
use uuid::Uuid;

/// A host's row, and what becomes of the times their bookings hold.
#[derive(Debug, Default)]
pub(super) struct HostChange {
    /// The version of the last event that was followed.
    pub(super) version: u64,
    /// Present if the batch has events about settings; as far as they have been followed.
    pub(super) settings: Option<Settings>,
    /// When old times are dropped next.
    pub(super) forget_at: Option<Instant>,
    /// Times that ended before this are to be dropped.
    pub(super) forget_before: Option<Instant>,
    /// Times that bookings hold from now on, or hold no longer.
    pub(super) busy: BTreeMap<BookingId, Option<Reservation>>,
}

impl HostChange {
    /// Follows the host's next event.
    pub(super) fn follow(&mut self, event: &CalendarEvent) {
        self.version += 1;
        match event.booking_id() {
            None => drop(self.settings.get_or_insert_default().evolve(event)),
            Some(booking) => {
                if let CalendarEvent::BookingRequested(request) = event {
                    self.forget_old_times(request.requested_at);
                }
                match effect_on_time(booking, event) {
                    Effect::None => {}
                    Effect::Held(time) => drop(self.busy.insert(booking, Some(time))),
                    Effect::Freed => drop(self.busy.insert(booking, None)),
                }
            }
        }
    }

    /// Keeps a host's rows few, once a day of the calendar's own time, as the aggregate does: so it does not depend on when
    /// the events are read.
    fn forget_old_times(&mut self, now: Instant) {
        if self.forget_at.is_none_or(|at| at <= now) {
            let limit = now - Duration::days(BOOKING_MEMORY_DAYS);
            for held in self.busy.values_mut() {
                held.take_if(|held| instant(held.during.end()) < limit);
            }
            self.forget_before = self.forget_before.max(Some(limit));
            self.forget_at = Some(now + Duration::days(1));
        }
    }
}

/// What an event does to the time that a booking holds.
enum Effect {
    None,
    Held(Reservation),
    Freed,
}

/// Found out by letting the domain follow the event in an otherwise empty calendar in which the booking holds some time.
fn effect_on_time(booking: BookingId, event: &CalendarEvent) -> Effect {
    let before = Reservation {
        during: Interval::new(0, 1).expect("one second is not empty"),
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        booking,
        session: SessionId(Uuid::nil()),
        meeting_type: MeetingTypeId(Uuid::nil()),
    };
    let mut calendar = Availability { reservations: vec![before], ..Availability::default() };
    calendar.evolve(event);
    match calendar.reservations.pop() {
        Some(same) if same == before => Effect::None,
        Some(time) => Effect::Held(time),
        None => Effect::Freed,
    }
}
