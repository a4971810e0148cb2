//! One reader of the log.

use daybook_domain::ids::HostId;
use tokio::sync::broadcast::error::RecvError;

use super::tail::{Listener, News};
use crate::database::DatabaseError;
use crate::feed::Feed;
use crate::place::Place;
use crate::recorded::RecordedEvent;

/// Events fetched at a time, and given at once at most.
const PAGE: usize = 200;

/// Whose events a reader wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Everybody's.
    All,
    /// Those of one calendar.
    Host(HostId),
}

/// Reads the log from a place on: what lies behind it, then what is appended. Every event comes once, in commit order.
#[derive(Debug)]
pub struct Subscription {
    feed: Feed,
    selection: Selection,
    place: Place,
    /// The version of the last event that was given: by it, a single calendar is read on without looking for the place.
    version: u64,
    /// Whether the log may hold events after the place that will not be told.
    behind: bool,
    listener: Listener,
}

impl Subscription {
    pub(super) const fn new(feed: Feed, selection: Selection, after: Place, listener: Listener) -> Self {
        Self { feed, selection, place: after, version: 0, behind: true, listener }
    }

    /// The place of the last event that was given.
    pub const fn place(&self) -> Place {
        self.place
    }

    /// The next events, at least one. Waits until there are any; dropping the future loses nothing. After an error, it may
    /// be called again.
    pub async fn next(&mut self) -> Result<Vec<RecordedEvent>, DatabaseError> {
        loop {
            let events = if self.behind { self.fetch().await? } else { self.hear().await };
            if let Some(last) = events.last() {
                (self.place, self.version) = (last.place, last.version);
                return Ok(events);
            }
        }
    }

    async fn fetch(&mut self) -> Result<Vec<RecordedEvent>, DatabaseError> {
        let limit = u32::try_from(PAGE).unwrap_or(u32::MAX);
        let _turn = self.listener.turn().await;
        let events = match self.selection {
            Selection::All => self.feed.after(self.place, limit).await?,
            Selection::Host(host) => self.feed.of_host_after(host, self.version, self.place, limit).await?,
        };
        // A full page may have more behind it. All that lies behind another one was appended after this subscription began
        // to listen, so it will be told.
        self.behind = events.len() == PAGE;
        Ok(events)
    }

    async fn hear(&mut self) -> Vec<RecordedEvent> {
        match self.listener.news.recv().await {
            Ok(News::Events(events)) => events.iter().filter(|event| self.wants(event)).cloned().collect(),
            // Something may have been told to others only.
            Ok(News::Began) | Err(RecvError::Lagged(_) | RecvError::Closed) => {
                self.behind = true;
                Vec::new()
            }
        }
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        let selected = match self.selection {
            Selection::All => true,
            Selection::Host(host) => event.host == host,
        };
        // What was fetched may be told again.
        selected && event.place > self.place
    }
}
