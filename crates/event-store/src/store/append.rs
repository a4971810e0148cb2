//! Appends what was decided: its personal data sealed, and sealed anew where a key turns out to be gone.

use std::sync::Arc;

use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::HostId;
use uuid::Uuid;

use super::{ExecuteError, Parts};
use crate::appender::{Append, AppendError, Appended, NewEvent};
use crate::codec::Sealed;

/// How often the keys of an append may turn out to be gone.
const LOST_KEYS: u32 = 3;

/// What was decided for one stream.
pub(super) struct Decided<'a> {
    pub(super) host: HostId,
    /// The version it was decided on.
    pub(super) expected: u64,
    /// The events with their ids.
    pub(super) events: &'a mut [(Uuid, CalendarEvent)],
    /// The metadata of each event.
    pub(super) metadata: &'a [Arc<str>],
}

impl Parts {
    /// Appends events to a stream.
    pub(super) async fn append(&self, decided: Decided<'_>) -> Result<Appended, ExecuteError> {
        let mut appended = self.append_together(&mut [decided]).await?;
        appended.pop().ok_or(ExecuteError::Unknown)
    }

    /// Appends events to several streams, to all or to none.
    pub(super) async fn append_together(&self, decided: &mut [Decided<'_>]) -> Result<Vec<Appended>, ExecuteError> {
        let appends = self.seal(decided).await?;
        let subjects: Vec<_> = appends.iter().flat_map(|a| &a.keys).map(|(subject, _)| subject.clone()).collect();
        let mut answer = self.appender.append_together(appends).await;
        for _ in 0..LOST_KEYS {
            if !matches!(answer, Err(AppendError::KeyGone)) {
                break;
            }
            self.metrics.retries.key_gone.inc();
            for subject in &subjects {
                self.codec.keys().forget_key(subject);
            }
            answer = self.appender.append_again(self.seal(decided).await?).await;
        }
        Ok(answer?)
    }

    /// The events in the form in which they are appended.
    async fn seal(&self, decided: &mut [Decided<'_>]) -> Result<Vec<Append>, ExecuteError> {
        let mut appends = Vec::with_capacity(decided.len());
        for Decided { host, expected, events, metadata } in decided {
            let Sealed { payloads, keys } = self.codec.to_log(events).await?;
            let event = |(((id, event), payload), metadata): ((&(Uuid, CalendarEvent), String), &Arc<str>)| NewEvent {
                id: *id,
                event_type: event.event_type(),
                event_version: event.event_version(),
                payload,
                metadata: Arc::clone(metadata),
            };
            let events = events.iter().zip(payloads).zip(metadata.iter()).map(event).collect();
            appends.push(Append { host: *host, expected: *expected, events, keys });
        }
        Ok(appends)
    }
}
