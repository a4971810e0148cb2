//! What the event streams of a node share.

use daybook_event_store::{Feed, Tail, Wakeups};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admission::Admission;

/// What the event streams of a node share.
#[derive(Debug)]
pub struct EventStreams {
    pub(super) feed: Feed,
    pub(super) tail: Tail,
    pub(super) admission: Admission,
    /// The node stops: streams end, or it would wait for them.
    pub(super) stopping: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl EventStreams {
    /// Streams that end with `stopping`, in tasks that `tasks` counts.
    pub fn start(feed: Feed, wakeups: Wakeups, stopping: CancellationToken, tasks: &TaskTracker) -> Self {
        let tail = Tail::start(feed.clone(), wakeups, stopping.clone(), tasks);
        Self { feed, tail, admission: Admission::default(), stopping, tasks: tasks.clone() }
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.admission.open()
    }
}
