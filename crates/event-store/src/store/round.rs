//! Commands of one calendar, decided one after the other and appended together.

use std::ops::Range;
use std::sync::Arc;

use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::calendar::refusal::Refusal;
use uuid::Uuid;

use super::lane::Request;
use super::{ExecuteError, Executed, Recorded};
use crate::appender::Appended;
use crate::metadata::MetadataJson;

/// What commands would do to a calendar.
pub(super) struct Round {
    /// The version it starts from.
    base: u64,
    /// Per command, which of `events` are its own, or why it is refused.
    decisions: Vec<Result<Range<usize>, Refusal>>,
    /// All events with their ids, in order.
    pub(super) events: Vec<(Uuid, CalendarEvent)>,
    /// The metadata of each event.
    pub(super) metadata: Vec<Arc<str>>,
    /// The calendar after all of them.
    pub(super) calendar: Arc<HostCalendar>,
}

impl Round {
    /// Decides the commands, each from the state that the ones before it leave behind. The calendar is given away, so that it
    /// can follow its events where it stands: a copy of it costs more than all the rest.
    pub(super) fn decide(calendar: Arc<HostCalendar>, requests: &[Request]) -> Self {
        let mut round = Self {
            base: calendar.version(),
            decisions: Vec::with_capacity(requests.len()),
            events: Vec::new(),
            metadata: Vec::new(),
            calendar,
        };
        for Request { command, metadata, .. } in requests {
            let decision = round.calendar.decide(&command.command, command.now).map(|events| {
                let start = round.events.len();
                if !events.is_empty() {
                    let json = MetadataJson::of(metadata, events.len());
                    let later: Arc<str> = json.later.into();
                    round.metadata.push(json.first.into());
                    round.metadata.extend(std::iter::repeat_n(later, events.len() - 1));
                }
                for event in events {
                    Arc::make_mut(&mut round.calendar).evolve(&event);
                    round.events.push((Uuid::now_v7(), event));
                }
                start..round.events.len()
            });
            round.decisions.push(decision);
        }
        round
    }

    /// Whether none of the commands can be decided by this calendar alone.
    pub(super) fn asks_for_others(&self) -> bool {
        self.decisions.iter().all(|decision| matches!(decision, Err(Refusal::NeedsCalendars(_))))
    }

    /// The version it starts from.
    pub(super) const fn base(&self) -> u64 {
        self.base
    }

    /// Answers the commands; `appended` says where their events are, if there are any.
    pub(super) fn answer(self, requests: Vec<Request>, appended: Option<Appended>) {
        let recorded = appended.map(|appended| Recorded { place: appended.place, at: appended.recorded_at });
        let mut events = self.events.into_iter();
        for (request, decision) in requests.into_iter().zip(self.decisions) {
            let executed = decision.map_err(ExecuteError::Refused).map(|own| Executed {
                events: events.by_ref().take(own.len()).collect(),
                version: self.base + own.end as u64,
                recorded: recorded.filter(|_| !own.is_empty()),
                calendar: Arc::clone(&self.calendar),
                beside: Vec::new(),
            });
            // Whoever asked may have given up.
            let _ = request.answer.send(executed);
        }
    }
}
