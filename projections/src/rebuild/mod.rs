//! Filling a read model again from the whole log, while the old one serves (E5).
//!
//! The log is read once from its beginning into tables of their own, in short transactions: a long one would stall the feed
//! for everybody. When they are level with the log, one transaction stops the projection's writers, adds the last few events
//! and swaps the tables, checkpoints included. A rebuild that breaks off leaves the live tables as they were, and the next
//! one starts over: half a table may have been filled by another version of the program.

mod connection;
mod shape;
mod swap;

use std::time::Duration;

use daybook_event_store::{Feed, Place, RecordedEvent};
use sqlx::{Connection, PgPool};
use tokio_util::sync::CancellationToken;

use crate::database::{self, DatabaseError, within};
use crate::error::ProjectionError;
use crate::projection::Projection;
use connection::RebuildConnection;
use swap::Swapped;

/// Events of one transaction.
const BATCH: u32 = 5_000;
/// Pause before the swap is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Events that have been read.
    pub events: u64,
    /// Events in the log when the rebuild began, roughly: numbers that were given to appends that failed count too.
    pub total: u64,
    /// The place of the last event that was read.
    pub place: Place,
}

/// Why a rebuild broke off. The live tables are as they were.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// The same projection is being rebuilt at this moment.
    #[error("the projection {0} is being rebuilt already")]
    AlreadyRunning(&'static str),
    /// Months of its tables are being archived or restored.
    #[error("months of the projection {0} are being archived or restored; try again later")]
    TablesInUse(&'static str),
    /// A migration changed the read model's tables meanwhile.
    #[error("the tables of the projection {0} were changed during its rebuild")]
    TablesChanged(&'static str),
    /// It was told to stop.
    #[error("the rebuild was cancelled")]
    Cancelled,
    /// An event could not be projected.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] daybook_event_store::DatabaseError),
    /// The database failed or was late.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<sqlx::Error> for RebuildError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Fills a projection's tables again from the log and swaps them in; where it stands then.
///
/// `progress` is called after every batch. At most one rebuild of a projection runs at a time, on whatever node.
pub async fn rebuild<P: Projection>(
    pool: &PgPool,
    feed: &Feed,
    projection: &P,
    token: &CancellationToken,
    progress: impl FnMut(Progress) + Send,
) -> Result<Progress, RebuildError> {
    let connection = RebuildConnection::open::<P>(pool).await?;
    let done = Progress::start(feed).await?;
    let mut rebuild = Rebuild { connection, feed, projection, token, progress, done };
    let outcome = rebuild.run().await;
    rebuild.connection.unlock().await;
    outcome
}

impl Progress {
    async fn start(feed: &Feed) -> Result<Self, RebuildError> {
        let total = feed.end().await?.map_or(0, |(place, _)| place.position.cast_unsigned());
        Ok(Self { events: 0, total, place: Place::default() })
    }
}

struct Rebuild<'a, P, F> {
    connection: RebuildConnection,
    feed: &'a Feed,
    projection: &'a P,
    token: &'a CancellationToken,
    progress: F,
    done: Progress,
}

impl<P: Projection, F: FnMut(Progress) + Send> Rebuild<'_, P, F> {
    /// Fills the tables, and swaps them in as soon as nobody is in the way.
    async fn run(&mut self) -> Result<Progress, RebuildError> {
        let shape = shape::prepare(&mut self.connection, self.projection).await?;
        self.fill().await?;
        shape::analyze::<P>(&mut self.connection).await?;
        loop {
            self.fill().await?;
            if let Swapped::Yes = self.swap(&shape).await? {
                return Ok(self.done);
            }
            tracing::info!(projection = P::NAME, "the rebuilt tables wait for their turn: the old ones are in use");
            self.pause().await?;
        }
    }

    /// Reads on until the log has no full batch left. The next batch is read while this one is written.
    async fn fill(&mut self) -> Result<(), RebuildError> {
        let mut batch = self.feed.after(self.done.place, BATCH).await?;
        while let Some(last) = batch.last().map(|last| last.place) {
            self.go_on()?;
            let full = batch.len() == BATCH as usize;
            let next = async {
                if full { Ok(self.feed.after(last, BATCH).await?) } else { Ok::<_, RebuildError>(Vec::new()) }
            };
            let write = write(&mut self.connection, self.projection, &batch);
            let ((), next) = tokio::try_join!(write, next)?;
            self.done = self.done.after(&batch);
            (self.progress)(self.done);
            batch = next;
        }
        Ok(())
    }

    /// Waits before the swap is tried again.
    async fn pause(&self) -> Result<(), RebuildError> {
        let _ = tokio::time::timeout(PAUSE, self.token.cancelled()).await;
        self.go_on()
    }

    /// An error once the rebuild is to stop. Asked between transactions only, so that none is left half done.
    fn go_on(&self) -> Result<(), RebuildError> {
        if self.token.is_cancelled() { Err(RebuildError::Cancelled) } else { Ok(()) }
    }
}

/// Writes a batch in a transaction of its own.
async fn write<P: Projection>(
    connection: &mut RebuildConnection,
    projection: &P,
    events: &[RecordedEvent],
) -> Result<(), RebuildError> {
    within(database::BATCH, async {
        let mut transaction = connection.begin().await?;
        projection.project(&mut transaction, events).await?;
        transaction.commit().await?;
        Ok(())
    })
    .await
}
