//! From an operation to the log and back: every change of a calendar passes here.

use std::collections::BTreeSet;

use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::calendar::refusal::Refusal;
use daybook_domain::calendar::{Calendars, decide_together};
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId};
use daybook_domain::time::Instant;
use daybook_event_store::{ExecuteError, Executed, IdempotentRequest, Metadata};
use tracing::{Instrument, Span};

use crate::auth::Caller;
use crate::availability::{Epoch, Known};
use crate::bookings::idempotency::{self, Earlier};
use crate::problem::{Answer, Code, Problem};
use crate::state::Api;

/// For whom a command is carried out, on whose behalf, and under which idempotency key.
#[derive(Clone, Debug)]
pub struct Order {
    /// Whose calendar.
    pub host: HostId,
    /// On whose behalf.
    pub caller: Caller,
    /// The key that makes a retry safe, if the request carries one.
    pub key: Option<IdempotentRequest>,
}

/// Why a command was not carried out now.
#[derive(Debug)]
pub enum Failure {
    /// The guest holds this very time already.
    AlreadyBooked(BookingId),
    /// Another request with the same key was faster: this is what it did.
    AnsweredBefore(Earlier),
    /// Others were faster again and again, or PostgreSQL knew of a meeting at that time which the calendar did not.
    Contended,
    /// It is refused.
    Refused(Problem),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl Api {
    /// Decides and appends.
    ///
    /// The node that appended shows the change at once (V8): its cache learns the new state before the answer leaves.
    pub async fn execute(&self, order: &Order, command: CalendarCommand) -> Result<Executed, Failure> {
        let metadata = Metadata {
            actor: order.caller.actor.clone(),
            correlation_id: order.caller.correlation.to_string(),
            causation_id: None,
            idempotency: order.key.as_ref().map(IdempotentRequest::hash),
        };
        let epoch = self.availability.epoch();
        Span::current().record("host", tracing::field::display(order.host));
        let span = tracing::debug_span!("command", host = %order.host, actor = order.caller.actor);
        match self.store.execute(order.host, command, self.clock.now(), metadata).instrument(span.clone()).await {
            Ok(done) => {
                span.in_scope(|| tracing::debug!(version = done.version, events = done.events.len(), "carried out"));
                self.show(order.host, &done, epoch);
                for (host, done) in &done.beside {
                    self.show(*host, done, epoch);
                }
                Ok(done)
            }
            Err(error) => Err(self.failure(error, order.key.as_ref()).await?),
        }
    }

    /// Decides without appending: fails as [`execute`](Self::execute) would, as of the last events in the log.
    pub async fn foresee(&self, order: &Order, command: &CalendarCommand) -> Result<(), Failure> {
        let (mut calendars, mut needed) = (Calendars::new(), BTreeSet::from([order.host]));
        // Each answer of a decision names the calendars that it needs as well, until it has them all.
        while !needed.is_empty() {
            for host in std::mem::take(&mut needed) {
                calendars.insert(host, self.store.calendar(host).await.map_err(Problem::from)?);
            }
            match decide_together(command, order.host, &calendars, self.clock.now()) {
                Ok(_) => break,
                Err(Refusal::NeedsCalendars(more)) => {
                    needed = more.into_iter().filter(|host| !calendars.contains_key(host)).collect();
                }
                Err(refusal) => return Err(self.failure(refusal.into(), order.key.as_ref()).await?),
            }
        }
        Ok(())
    }

    /// Shows at once what a command did to a calendar.
    fn show(&self, host: HostId, done: &Executed, epoch: Epoch) {
        let (version, availability) = (done.calendar.version(), done.calendar.availability().clone());
        self.availability.hear(host, version);
        self.availability.learn(host, Known { version, availability, epoch });
        if let Some(recorded) = done.recorded {
            self.own_writes.note(host, recorded.place);
        }
    }

    /// What it means that the store did not carry a command out.
    async fn failure(&self, error: ExecuteError, key: Option<&IdempotentRequest>) -> Result<Failure, Problem> {
        let is_refused = matches!(
            error,
            ExecuteError::Refused(_)
                | ExecuteError::Conflict
                | ExecuteError::TimeTaken
                | ExecuteError::IdempotencyKeyTaken
        );
        // What stands in the way may be what the same request, sent to another node or sent before, has done meanwhile.
        if let (true, Some(request)) = (is_refused, key)
            && let Some(earlier) = idempotency::earlier(self, request).await?
        {
            return Ok(Failure::AnsweredBefore(earlier));
        }
        Ok(match error {
            ExecuteError::Refused(Refusal::AlreadyBooked(booking)) => Failure::AlreadyBooked(booking),
            ExecuteError::Conflict | ExecuteError::TimeTaken => Failure::Contended,
            error => Failure::Refused(error.into()),
        })
    }

    /// Decides and appends a command of a host on a calendar of theirs, which carries no idempotency key.
    pub async fn command(&self, host: HostId, caller: Caller, command: CalendarCommand) -> Answer<Executed> {
        let order = Order { host, caller, key: None };
        self.execute(&order, command).await.map_err(|failure| match failure {
            Failure::Refused(problem) => problem,
            Failure::Contended => contended(),
            // Only a booking can be held already, and only a key can be taken.
            Failure::AlreadyBooked(_) | Failure::AnsweredBefore(_) => Problem::not_found("calendar"),
        })
    }

    /// The answer to whoever lost the race for a time to the end, with what is left (V9).
    pub async fn taken(
        &self,
        host: HostId,
        meeting_type: MeetingTypeId,
        start: Instant,
        moving: Option<BookingId>,
    ) -> Answer<Problem> {
        let calendar = self.store.calendar(host).await?;
        let availability = calendar.availability();
        let left = if availability.settings.team.is_some() {
            Some(self.offer(meeting_type).await?.alternatives(start, self.clock.now()))
        } else {
            let known = availability.settings.meeting_type(meeting_type);
            known.map(|known| availability.alternatives(known, start, moving, self.clock.now()))
        };
        Ok(Refusal::SlotUnavailable(left.unwrap_or_default()).into())
    }
}

/// The answer to whoever lost the race for something that has no alternatives.
pub fn contended() -> Problem {
    Problem::new(Code::VersionConflict, "the calendar is being changed by others; try again")
}
