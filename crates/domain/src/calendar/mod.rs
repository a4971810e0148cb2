//! The host calendar: the aggregate whose events are the book of original entry.
//!
//! [`HostCalendar`] is rebuilt from its events by [`evolve`](HostCalendar::evolve); [`decide`](HostCalendar::decide) answers a
//! [`command`] with the [`event`]s it causes or the [`refusal`] it meets.

pub mod booking;
pub mod command;
mod decide;
pub mod event;
mod evolve;
pub mod recurrence;
pub mod refusal;
#[cfg(test)]
pub(crate) mod scenario;
mod together;
mod verify;

pub use together::{Calendars, Effects, decide_together};
pub use verify::Violation;

use std::collections::BTreeMap;
use std::sync::Arc;

use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::availability::Availability;
use crate::ids::{BookingId, MeetingTypeId};
use crate::team::{Assignments, Fairness, Team};
use crate::time::Instant;
use booking::Booking;
use command::TimedCommand;
use event::CalendarEvent;
use refusal::Refusal;

/// Days after its end for which a booking stays in the state: weekly limits and no-shows still need it.
pub const BOOKING_MEMORY_DAYS: i64 = 35;

/// A host's calendar. Holds no personal data: guests are known by their [`Subject`](crate::personal::Subject) only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HostCalendar {
    /// Events applied so far; the version of the stream that this state stands at.
    version: u64,
    /// Settings and reservations, shared with readers and copied when it changes under them.
    availability: Arc<Availability>,
    /// Bookings until [`BOOKING_MEMORY_DAYS`] after their end.
    bookings: BTreeMap<BookingId, Booking>,
    /// When old bookings are dropped next.
    forget_at: Option<Instant>,
    /// Of a team, whose turn it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assignments: Option<Box<Assignments>>,
}

impl HostCalendar {
    /// The version of the stream at which this state stands: the number of events applied.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Whether the calendar has been opened.
    pub const fn is_open(&self) -> bool {
        self.version > 0
    }

    /// The part that answers when the host can be met.
    pub const fn availability(&self) -> &Arc<Availability> {
        &self.availability
    }

    /// The team whose calendar this is, if it is a team's; also when it was disbanded.
    pub fn team(&self) -> Option<&Team> {
        self.availability.settings.team.as_deref()
    }

    /// What each member of the team got of a round-robin type, in the roster's order; nothing in a host's calendar.
    pub fn fairness(&self, meeting_type: MeetingTypeId) -> Vec<Fairness> {
        let parts = self.team().zip(self.assignments.as_deref());
        parts.map(|(team, assignments)| assignments.fairness(team, meeting_type)).unwrap_or_default()
    }

    /// A booking that is upcoming or ended less than [`BOOKING_MEMORY_DAYS`] ago.
    pub fn booking(&self, id: BookingId) -> Option<&Booking> {
        self.bookings.get(&id)
    }

    /// All remembered bookings, by id.
    pub fn bookings(&self) -> impl Iterator<Item = &Booking> {
        self.bookings.values()
    }
}

impl cqrs_es::Aggregate for HostCalendar {
    const TYPE: &'static str = "calendar";
    type Command = TimedCommand;
    type Event = CalendarEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: TimedCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(&command.command, command.now)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: CalendarEvent) {
        self.evolve(&event);
    }
}
