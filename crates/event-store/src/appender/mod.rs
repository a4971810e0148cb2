//! The one way into the log: appends of all commands of this node, many streams in one statement.
//!
//! A single task takes what is waiting and writes it with the next statement (group commit), so the more there is to do,
//! the larger the statements become. A stream stands once in a statement. Each append gets its own answer, and the answer
//! is never wrong: where a connection broke in the middle of a statement, the log itself is asked what became of it.

mod attempt;
mod batch;
mod dispatch;
mod settle;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_domain::ids::HostId;
use daybook_domain::personal::Subject;
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::metrics::EventStoreMetrics;
use crate::place::Place;
use crate::wakeup::Waker;
use attempt::Link;
use batch::Member;

/// How the appender works. The defaults are what was measured to be fastest on two cores.
#[derive(Clone, Copy, Debug)]
pub struct AppenderOptions {
    /// Connections, and so statements under way at once.
    pub connections: usize,
    /// Streams in one statement at most.
    pub streams: usize,
    /// Events in one statement, unless a single append has more.
    pub events: usize,
    /// How long an append may take in all, waiting and retries included, before it is given up.
    pub patience: Duration,
}

impl Default for AppenderOptions {
    fn default() -> Self {
        Self { connections: 2, streams: 64, events: 512, patience: Duration::from_secs(8) }
    }
}

/// Events for one stream, to be written together or not at all.
#[derive(Clone, Debug)]
pub struct Append {
    /// The calendar.
    pub host: HostId,
    /// The version its stream must have.
    pub expected: u64,
    /// What to write, in order; never empty.
    pub events: Vec<NewEvent>,
    /// The keys that personal data in it is sealed with, each as its person and its id: they must be there.
    pub keys: Vec<(Subject, Uuid)>,
}

impl Append {
    /// The stream's version afterwards.
    pub fn version(&self) -> u64 {
        self.expected + self.events.len() as u64
    }
}

/// An event in the form in which it is written.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id, chosen by the writer.
    pub id: Uuid,
    /// Its name.
    pub event_type: &'static str,
    /// The version of its form.
    pub event_version: &'static str,
    /// Its fields as JSON, personal data sealed.
    pub payload: String,
    /// Its metadata as JSON.
    pub metadata: Arc<str>,
}

/// What was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The stream's version now.
    pub version: u64,
    /// The place of the last event.
    pub place: Place,
    /// When it was recorded, by the database's clock.
    pub recorded_at: DateTime<Utc>,
}

/// Why an append was not made. Nothing of it is in the log, except perhaps after `Unknown`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The stream is not at the expected version.
    #[error("the calendar has moved on")]
    Conflict,
    /// Of several streams that were to be appended to together, at least one is not at the expected version.
    #[error("one of the calendars has moved on")]
    AnyConflict,
    /// Another command carried the same idempotency key.
    #[error("the idempotency key has been used")]
    IdempotencyKeyTaken,
    /// The last layer against double booking: PostgreSQL found the meeting to overlap another one of the host.
    #[error("the time is held by another booking")]
    TimeTaken,
    /// A key that personal data in it is sealed with is gone: the person was erased, or a crash of PostgreSQL took it.
    #[error("a key is gone that personal data is sealed with")]
    KeyGone,
    /// Another guard of the log, or of the database, refused it: a fault of this program.
    #[error("the log refused the append: {message} ({code})")]
    Refused {
        /// The error's SQLSTATE.
        code: String,
        /// PostgreSQL's message.
        message: String,
    },
    /// The database could not be reached in time.
    #[error("the log cannot be written at the moment: {0}")]
    Unavailable(String),
    /// The connection broke during the append and the database did not come back in time to say what became of it.
    #[error("it is unknown whether the append was made")]
    Unknown,
}

/// Where events are appended. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Appender {
    members: mpsc::Sender<Member>,
    patience: Duration,
}

impl Appender {
    /// Starts the task. With `token` it takes no more appends, finishes those that wait, and ends.
    pub fn start(
        pool: &PgPool,
        options: AppenderOptions,
        metrics: EventStoreMetrics,
        waker: Waker,
        token: CancellationToken,
        tasks: &TaskTracker,
    ) -> Self {
        let (members, queue) = mpsc::channel(options.streams * 4);
        let links = (0..options.connections.max(1)).map(|_| Link::new(pool)).collect();
        tasks.spawn(dispatch::run(queue, links, options, metrics, waker, token));
        Self { members, patience: options.patience }
    }

    /// Appends events to a stream that must have the expected version.
    ///
    /// Dropping the future gives up an append that has not been sent yet; one that has been sent is made or not as if
    /// somebody waited.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let mut appended = self.append_together(vec![append]).await?;
        appended.pop().ok_or(AppendError::Unknown)
    }

    /// Appends events to several streams, each of which must have its expected version: all of them or none (E3). Answers in
    /// the order of the appends.
    ///
    /// They have a statement of their own, which costs others nothing if it fails. Dropping the future: see
    /// [`append`](Self::append).
    pub async fn append_together(&self, appends: Vec<Append>) -> Result<Vec<Appended>, AppendError> {
        self.wait_for(appends, false).await
    }

    /// Appends events with the ids of an earlier append, which was refused and may have been made nevertheless.
    pub(crate) async fn append_again(&self, appends: Vec<Append>) -> Result<Vec<Appended>, AppendError> {
        self.wait_for(appends, true).await
    }

    async fn wait_for(&self, appends: Vec<Append>, may_be_in_the_log: bool) -> Result<Vec<Appended>, AppendError> {
        debug_assert!(appends.iter().all(|append| !append.events.is_empty()), "an append without events");
        if appends.is_empty() {
            return Ok(Vec::new());
        }
        let until = Instant::now() + self.patience;
        let (answer, answered) = oneshot::channel();
        let member = Member { appends, answer, until, may_be_in_the_log };
        match timeout_at(until, self.members.send(member)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(AppendError::Unavailable("shutting down".to_owned())),
            Err(_) => return Err(AppendError::Unavailable("too many appends are waiting".to_owned())),
        }
        // The task answers every member, unless it panics.
        answered.await.unwrap_or(Err(AppendError::Unknown))
    }
}
