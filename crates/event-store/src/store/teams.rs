//! Commands of teams: the domain says which calendars they concern and what happens in each.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use daybook_domain::calendar::command::TimedCommand;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::calendar::refusal::Refusal;
use daybook_domain::calendar::{Calendars, Effects, decide_together};
use daybook_domain::ids::HostId;

use super::together::Together;
use super::{CalendarStore, ExecuteError, Executed};
use crate::metadata::Metadata;

impl CalendarStore {
    /// Executes a command that was sent to one calendar and concerns others as well.
    pub(super) async fn execute_beside(
        &self,
        at: HostId,
        others: BTreeSet<HostId>,
        command: Arc<TimedCommand>,
        metadata: &Metadata,
    ) -> Result<Executed, ExecuteError> {
        let hosts: BTreeSet<HostId> = others.into_iter().chain([at]).collect();
        let decide = move |calendars: &Calendars| match decide_together(&command.command, at, calendars, command.now) {
            Ok(effects) => Ok(Together::Events(in_order(effects))),
            Err(Refusal::NeedsCalendars(more)) => Ok(Together::NeedsAlso(more)),
            Err(refusal) => Err(refusal),
        };
        let mut executed = self.execute_together(hosts, decide, metadata.clone()).await?;
        let mut own = executed.remove(&at).ok_or(ExecuteError::Unknown)?;
        own.beside = executed.into_iter().collect();
        Ok(own)
    }
}

/// The calendar in which a repetition of the command looks for its answer comes first: the idempotency key goes with it. That
/// is the one in which a booking stands, its organiser's if there are several.
fn in_order(effects: Effects) -> Vec<(HostId, Vec<CalendarEvent>)> {
    let mut effects: Vec<_> = effects.into_iter().collect();
    effects.sort_by_key(|(host, events)| {
        let organises = events.iter().any(|event| match event {
            CalendarEvent::BookingRequested(e) => e.is_organised_by(*host),
            _ => false,
        });
        Reverse((organises, events.iter().any(|event| event.booking_id().is_some())))
    });
    effects
}
