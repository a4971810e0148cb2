//! What was decided about several calendars, ready to be appended.

use std::collections::BTreeSet;
use std::sync::Arc;

use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::HostId;
use uuid::Uuid;

use super::append::Decided;
use daybook_domain::calendar::Calendars;

use super::ExecuteError;
use crate::metadata::{Metadata, MetadataJson};

/// What happens in the calendars in which anything does, in the order of the decision.
pub(super) struct Plan(pub(super) Vec<Share>);

/// What happens in one of them.
pub(super) struct Share {
    pub(super) host: HostId,
    /// The version it was decided on.
    pub(super) expected: u64,
    /// The events with their ids.
    pub(super) events: Vec<(Uuid, CalendarEvent)>,
    /// The metadata of each event.
    metadata: Vec<Arc<str>>,
}

impl Plan {
    /// Gives the events ids and metadata.
    pub(super) fn of(
        decided: Vec<(HostId, Vec<CalendarEvent>)>,
        calendars: &Calendars,
        metadata: &Metadata,
    ) -> Result<Self, ExecuteError> {
        let mut shares: Vec<Share> = Vec::with_capacity(decided.len());
        let mut hosts = BTreeSet::new();
        for (host, events) in decided.into_iter().filter(|(_, events)| !events.is_empty()) {
            let calendar = calendars.get(&host).filter(|_| hosts.insert(host));
            let calendar = calendar.ok_or_else(|| {
                ExecuteError::Faulty(format!("a decision names {host} twice, or without having asked for it"))
            })?;
            let json = MetadataJson::of(metadata, events.len());
            let later: Arc<str> = json.later.into();
            // Only the very first event carries the idempotency key, or the log would take it for two commands.
            let first = if shares.is_empty() { json.first.into() } else { Arc::clone(&later) };
            shares.push(Share {
                host,
                expected: calendar.version(),
                metadata: std::iter::once(first).chain(std::iter::repeat_n(later, events.len() - 1)).collect(),
                events: events.into_iter().map(|event| (Uuid::now_v7(), event)).collect(),
            });
        }
        Ok(Self(shares))
    }
}

impl Share {
    /// It as it is appended.
    pub(super) fn decided(&mut self) -> Decided<'_> {
        Decided { host: self.host, expected: self.expected, events: &mut self.events, metadata: &self.metadata }
    }
}
