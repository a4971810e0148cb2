//! The end of the log, read once for all subscriptions of a node.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, broadcast, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::reader::{Selection, Subscription};
use crate::database::DatabaseError;
use crate::feed::Feed;
use crate::place::Place;
use crate::recorded::RecordedEvent;
use crate::wakeup::Wakeups;

/// Events read at a time.
const PAGE: u32 = 256;
/// Pages that a subscription may be behind before it fetches what it needs itself.
const PAGES_KEPT: usize = 32;
/// Subscriptions that fetch at the same time: however many come back at once, most connections stay free for commands.
const FETCHING: usize = 4;
/// Between two attempts while the database does not answer.
const PAUSE: Duration = Duration::from_millis(500);

/// Reads what is appended, for as long as anybody listens. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Tail {
    feed: Feed,
    hub: Arc<Hub>,
}

/// Where the tail and its subscriptions meet.
#[derive(Debug)]
struct Hub {
    news: broadcast::Sender<News>,
    listeners: watch::Sender<usize>,
    fetching: Semaphore,
}

/// What subscriptions are told.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// From here on every event is told. What was appended while nobody listened was not.
    Began,
    /// The next events of the log.
    Events(Arc<[RecordedEvent]>),
}

/// A subscription's hold on the tail: while there is one, the tail reads.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) news: broadcast::Receiver<News>,
    hub: Arc<Hub>,
}

impl Tail {
    /// Starts the task that reads; it ends with `token`.
    pub fn start(feed: Feed, wakeups: Wakeups, token: CancellationToken, tasks: &TaskTracker) -> Self {
        let hub = Arc::new(Hub {
            news: broadcast::Sender::new(PAGES_KEPT),
            listeners: watch::Sender::new(0),
            fetching: Semaphore::new(FETCHING),
        });
        let tail = Self { feed: feed.clone(), hub: Arc::clone(&hub) };
        tasks.spawn(async move {
            token.run_until_cancelled(read(&feed, &wakeups, &hub)).await;
        });
        tail
    }

    /// Reads from a place on. Once the tail has ended, nothing new comes.
    pub fn subscribe(&self, selection: Selection, after: Place) -> Subscription {
        // The receiver first: the tail tells that it begins to whoever is counted.
        let news = self.hub.news.subscribe();
        self.hub.listeners.send_modify(|listeners| *listeners += 1);
        let listener = Listener { news, hub: Arc::clone(&self.hub) };
        Subscription::new(self.feed.clone(), selection, after, listener)
    }
}

impl Listener {
    /// Waits until it is one's turn to fetch. The next one's comes when this is dropped.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.hub.fetching.acquire().await.ok()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.listeners.send_modify(|listeners| *listeners -= 1);
    }
}

async fn read(feed: &Feed, wakeups: &Wakeups, hub: &Hub) {
    let mut listeners = hub.listeners.subscribe();
    // The hub holds the sender, so that there is always an answer.
    while listeners.wait_for(|listeners| *listeners > 0).await.is_ok() {
        if let Err(error) = read_while_wanted(feed, wakeups, hub, &mut listeners).await {
            tracing::warn!(%error, "the end of the log cannot be read; trying again");
            sleep(PAUSE).await;
        }
    }
}

/// Reads until nobody listens any more.
async fn read_while_wanted(
    feed: &Feed,
    wakeups: &Wakeups,
    hub: &Hub,
    listeners: &mut watch::Receiver<usize>,
) -> Result<(), DatabaseError> {
    let mut follower = feed.follow(feed.reached().await?, wakeups.clone());
    // An error only says that nobody listens any more.
    let _ = hub.news.send(News::Began);
    loop {
        tokio::select! {
            events = follower.next(PAGE) => {
                let _ = hub.news.send(News::Events(events?.into()));
            }
            _ = listeners.wait_for(|listeners| *listeners == 0) => return Ok(()),
        }
    }
}
