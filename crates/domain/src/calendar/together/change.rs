//! What becomes of a booking that was made through a team (B2, B3, B5).

use super::book::judge_together;
use super::{Calendars, Effects, calendar_of, calendars_of, effects};
use crate::calendar::HostCalendar;
use crate::calendar::booking::Booking;
use crate::calendar::command::CalendarCommand;
use crate::calendar::decide::reschedule::Move;
use crate::calendar::event::{AssignmentWithdrawn, CalendarEvent};
use crate::calendar::refusal::Refusal;
use crate::ids::HostId;
use crate::time::Instant;

impl HostCalendar {
    pub(super) fn change_of_a_team(
        &self,
        booking: &Booking,
        command: &CalendarCommand,
        at: HostId,
        calendars: &Calendars,
        now: Instant,
    ) -> Result<Effects, Refusal> {
        if booking.hosts.is_empty() {
            return self.change_assigned(booking, command, at, calendars, now);
        }
        let hosts = calendars_of(booking.hosts.iter().copied(), calendars)?;
        // A host's calendar forgets a booking in its own time.
        let hosts =
            hosts.into_iter().filter_map(|(host, calendar)| Some((host, calendar, calendar.booking(booking.id)?)));
        if let Some((to, seen)) = Move::of(command) {
            return move_all(&hosts.collect::<Vec<_>>(), to, seen, now);
        }
        let events = hosts.map(|(host, calendar, booking)| Ok((host, calendar.end_booking(booking, command, now)?)));
        Ok(effects(events.collect::<Result<Vec<_>, Refusal>>()?))
    }

    /// A booking that stands in one member's calendar: the team's own says whether it counts.
    fn change_assigned(
        &self,
        booking: &Booking,
        command: &CalendarCommand,
        at: HostId,
        calendars: &Calendars,
        now: Instant,
    ) -> Result<Effects, Refusal> {
        let events = self.change_own_booking(booking, command, now)?;
        let Some(team) = booking.team.filter(|_| events.iter().any(gives_up)) else {
            return Ok(effects([(at, events)]));
        };
        calendar_of(team.into(), calendars)?;
        let withdrawn = AssignmentWithdrawn {
            booking_id: booking.id,
            meeting_type_id: booking.meeting_type,
            host_id: at,
            withdrawn_at: now,
        };
        Ok(effects([(at, events), (team.into(), vec![withdrawn.into()])]))
    }
}

/// Whether the event frees the booking's time for good.
pub(in crate::calendar) const fn gives_up(event: &CalendarEvent) -> bool {
    matches!(
        event,
        CalendarEvent::BookingCancelled(_) | CalendarEvent::BookingDeclined(_) | CalendarEvent::BookingExpired(_)
    )
}

/// Moves a collective meeting to a time at which all of its hosts can be booked.
fn move_all(
    hosts: &[(HostId, &HostCalendar, &Booking)],
    to: Move<'_>,
    seen: Option<u32>,
    now: Instant,
) -> Result<Effects, Refusal> {
    let mut requests = Vec::new();
    let mut bookings = Vec::new();
    for (host, calendar, booking) in hosts {
        booking.changeable(seen, now)?;
        if booking.start == to.start {
            return Ok(Effects::new());
        }
        let meeting_type = calendar.terms_of_move(booking, to.by, now)?;
        requests.push(calendar.availability.request(meeting_type, Some(booking.id), now));
        bookings.push((*host, booking, meeting_type));
    }
    if bookings.iter().any(|(_, _, meeting_type)| !meeting_type.is_active) {
        return Err(Refusal::MeetingTypeInactive);
    }
    let slot = judge_together(&requests, to.start)?;
    let moved = |(host, booking, meeting_type): (HostId, &&Booking, _)| {
        (host, vec![booking.moved(meeting_type, slot, to, now).into()])
    };
    Ok(effects(bookings.into_iter().map(moved)))
}
