//! Closing a calendar for good: nothing is offered any more, and nobody waits for somebody who is gone.

use chrono::{DateTime, Utc};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::HostId;
use daybook_domain::schedule::Hours;
use daybook_domain::text::{Description, Name};
use daybook_event_store::{CalendarStore, ExecuteError, Metadata, Place};
use futures::future::join_all;

use crate::auth::Caller;
use crate::clock::Clock;

/// What guests are told.
const REASON: &str = "The host is no longer available.";
/// What the default schedule is called from then on; a calendar always has one.
const CLOSED: &str = "Closed";
/// Commands of one calendar that are under way together.
const AT_ONCE: usize = 64;
/// Looks at the calendar at most: each finds only what came in during the one before.
const ROUNDS: u32 = 20;

/// A calendar that was closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// The version at which it stands.
    pub version: u64,
    /// The place of the last event of that; none if it was closed already.
    pub place: Option<Place>,
    /// Bookings that were cancelled.
    pub cancelled: u64,
    /// Meeting types that were removed.
    pub removed: u64,
}

/// Removes the meeting types, which keeps new bookings out; then cancels the bookings that have not begun, so that their
/// guests are told; then empties what the host has called their schedules and where they said they would be.
///
/// Done by ordinary commands, one after the other, and again until there is nothing left to do: whatever breaks off can be
/// repeated, and a calendar that is closed, or was never opened, stays as it is.
pub(super) async fn close_calendar(
    store: &CalendarStore,
    host: HostId,
    caller: &Caller,
    clock: &Clock,
) -> Result<Closed, ExecuteError> {
    let mut closed = Closed::default();
    for _ in 0..ROUNDS {
        let (calendar, now) = (store.calendar(host).await?, clock.now());
        closed.version = calendar.version();
        let stages = left_to_do(&calendar, caller, now);
        if stages.iter().all(Vec::is_empty) {
            return Ok(closed);
        }
        for commands in stages.iter().flat_map(|stage| stage.chunks(AT_ONCE)) {
            closed.carry_out(store, host, commands, caller, now).await?;
        }
    }
    Err(ExecuteError::Conflict)
}

impl Closed {
    async fn carry_out(
        &mut self,
        store: &CalendarStore,
        host: HostId,
        commands: &[CalendarCommand],
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<(), ExecuteError> {
        let metadata = metadata(caller);
        let done = commands.iter().map(|command| store.execute(host, command.clone(), now, metadata.clone()));
        for (command, done) in commands.iter().zip(join_all(done).await) {
            match done {
                Ok(done) => {
                    self.place = self.place.max(done.recorded.map(|recorded| recorded.place));
                    match command {
                        CalendarCommand::CancelBooking { .. } => self.cancelled += 1,
                        CalendarCommand::RemoveMeetingType { .. } => self.removed += 1,
                        _ => {}
                    }
                }
                // Somebody else has done it, or done something that the next look at the calendar will show.
                Err(ExecuteError::Refused(_) | ExecuteError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Who carries it out.
pub(super) fn metadata(caller: &Caller) -> Metadata {
    let correlation_id = caller.correlation.to_string();
    Metadata { actor: caller.actor.clone(), correlation_id, ..Metadata::default() }
}

/// The commands that are still needed, in the stages in which they have to be given.
fn left_to_do(calendar: &HostCalendar, caller: &Caller, now: DateTime<Utc>) -> [Vec<CalendarCommand>; 3] {
    let settings = &calendar.availability().settings;
    // Those of their teams went when the host left these.
    let types = settings.own_meeting_types();
    let types = types.map(|kind| CalendarCommand::RemoveMeetingType { meeting_type_id: kind.id });

    // A hold that has run out is over already, even before that is written down.
    let upcoming = calendar.bookings().filter(|booking| booking.is_active_at(now) && booking.start > now);
    let bookings = upcoming.map(|booking| CalendarCommand::CancelBooking {
        booking_id: booking.id,
        by: caller.party,
        reason: Description::parse(REASON).ok(),
        seen: None,
    });

    let mut texts = Vec::new();
    for schedule in &settings.schedules {
        if settings.default_schedule != Some(schedule.id) {
            texts.push(CalendarCommand::RemoveSchedule { schedule_id: schedule.id });
            continue;
        }
        let hours = Hours { rules: Vec::new(), overrides: [].into() };
        let name = Name::parse(CLOSED).unwrap_or_else(|_| schedule.name.clone());
        if schedule.hours != hours || schedule.name != name {
            texts.push(CalendarCommand::ChangeSchedule { schedule_id: schedule.id, name, hours, is_default: true });
        }
    }
    if !settings.zones.changes.is_empty() {
        texts.push(CalendarCommand::AnnounceTimeZoneChanges { time_zone_changes: Vec::new() });
    }
    [types.collect(), bookings.collect(), texts]
}
