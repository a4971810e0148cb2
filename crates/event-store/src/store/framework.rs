//! The store as cqrs-es knows one, so that its stock framework runs on it.

use std::collections::HashMap;
use std::sync::Arc;

use cqrs_es::{AggregateContext, AggregateError, EventEnvelope, EventStore};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::calendar::refusal::Refusal;
use daybook_domain::ids::HostId;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::append::Decided;
use super::{CalendarStore, ExecuteError};
use crate::history::{History, HistoryRange};
use crate::metadata::MetadataJson;

/// A calendar that the framework is working on. Nobody else of this node appends to it meanwhile.
pub struct CalendarContext {
    host: HostId,
    /// The version that was loaded.
    version: u64,
    /// A copy, to which the framework applies events before they are committed.
    calendar: HostCalendar,
    slot: OwnedMutexGuard<Option<Arc<HostCalendar>>>,
}

impl AggregateContext<HostCalendar> for CalendarContext {
    fn aggregate(&mut self) -> &mut HostCalendar {
        &mut self.calendar
    }
}

type Error = AggregateError<Refusal>;

impl EventStore<HostCalendar> for CalendarStore {
    type AC = CalendarContext;

    async fn load_events(&self, aggregate_id: &str) -> Result<Vec<EventEnvelope<HostCalendar>>, Error> {
        let history = History::new(self.0.pool.clone());
        let events = history.events(host(aggregate_id)?, HistoryRange::default(), u32::MAX).await.map_err(database)?;
        let envelope = |event: crate::RecordedEvent| {
            Ok(EventEnvelope {
                aggregate_id: aggregate_id.to_owned(),
                sequence: usize::try_from(event.version).map_err(unexpected)?,
                payload: event.decode().map_err(|error| AggregateError::DeserializationError(Box::new(error)))?,
                metadata: serde_json::from_str(event.metadata.get()).map_err(unexpected)?,
            })
        };
        events.into_iter().map(envelope).collect()
    }

    async fn load_aggregate(&self, aggregate_id: &str) -> Result<CalendarContext, Error> {
        let host = host(aggregate_id)?;
        let lane = self.0.lane(host);
        let mut slot = Arc::clone(&lane.calendar).lock_owned().await;
        let calendar = self.0.loaded(host, &mut slot).await.map_err(database)?;
        let calendar = HostCalendar::clone(calendar);
        Ok(CalendarContext { host, version: calendar.version(), calendar, slot })
    }

    async fn commit(
        &self,
        events: Vec<CalendarEvent>,
        context: CalendarContext,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<HostCalendar>>, Error> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let CalendarContext { host, version, calendar, mut slot } = context;
        let json = MetadataJson::of_strings(metadata.clone(), events.len());
        let (first, later): (Arc<str>, Arc<str>) = (json.first.into(), json.later.into());
        let json: Vec<_> = std::iter::once(first).chain(std::iter::repeat_n(later, events.len() - 1)).collect();
        let mut events: Vec<_> = events.into_iter().map(|event| (Uuid::now_v7(), event)).collect();
        let appended = self.0.append(Decided { host, expected: version, events: &mut events, metadata: &json }).await;
        // The copy is the newest state if the framework applied exactly the events that it committed.
        *slot = Some(Arc::new(calendar)).filter(|c| appended.as_ref().is_ok_and(|a| a.version == c.version()));
        appended.map_err(|error| match error {
            ExecuteError::Conflict => AggregateError::AggregateConflict,
            ExecuteError::Unavailable(_) | ExecuteError::Unknown => database(error),
            ExecuteError::TimeTaken => {
                self.0.metrics.prevented_by_constraint.inc();
                unexpected(error)
            }
            _ => unexpected(error),
        })?;
        if let Some(calendar) = &*slot {
            self.0.snapshots.after_command(host, version, calendar);
        }
        let envelope = |(sequence, (_, payload)): (u64, (Uuid, CalendarEvent))| {
            Ok(EventEnvelope {
                aggregate_id: host.to_string(),
                sequence: usize::try_from(sequence).map_err(unexpected)?,
                payload,
                metadata: metadata.clone(),
            })
        };
        (version + 1..).zip(events).map(envelope).collect()
    }
}

fn host(aggregate_id: &str) -> Result<HostId, Error> {
    aggregate_id.parse().map_err(unexpected)
}

fn database(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    AggregateError::DatabaseConnectionError(Box::new(error))
}

fn unexpected(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    AggregateError::UnexpectedError(Box::new(error))
}
