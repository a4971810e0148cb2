//! Reading the log until there is no more of it, and stopping at an event that cannot be projected.

use std::slice;

use daybook_event_store::{Place, RecordedEvent};
use daybook_projections::{DatabaseError, Projection, ProjectionError, ProjectionPartition};

use super::partition::Reader;

/// How many events are read at once, and written in one transaction at most. Short transactions, because a long one
/// holds up the feed of everybody.
const READ_AT_ONCE: u32 = 500;

/// After how many events of other partitions the checkpoint is moved although there was nothing to write, so that a
/// restart need not read them again.
const PASSED_OVER: usize = 5_000;

/// Why reading did not get to the end.
#[derive(Debug)]
pub(super) enum Stopped {
    /// This node shall stop, or has lost the lock.
    Asked,
    /// The checkpoint is somewhere else.
    CheckpointMoved,
    /// It has been said why; to be tried again.
    Failed,
}

impl<P: Projection> Reader<'_, P> {
    /// Projects what the log has after this reader's place, until there is no more.
    pub(super) async fn catch_up(&mut self) -> Result<(), Stopped> {
        while self.project_some_of_the_log().await?.is_more {}
        self.of.watch.level();
        Ok(())
    }

    /// Projects the next events of the log that belong to this partition.
    pub(super) async fn project_some_of_the_log(&mut self) -> Result<Projected, Stopped> {
        let reading = self.of.feed.after(self.read_to, READ_AT_ONCE);
        let events = self.unless_stopped(reading).await?.map_err(|error| {
            tracing::warn!(projection = P::NAME, %error, "the log cannot be read; trying again");
            Stopped::Failed
        })?;
        let Some(to) = events.last().map(|event| event.place) else { return Ok(Projected::default()) };
        let read = events.len();
        let own: Vec<_> =
            events.into_iter().filter(|event| ProjectionPartition::of(event.host) == self.of.share).collect();
        if own.is_empty() {
            self.pass_over(read, to).await?;
        } else {
            self.of.watch.behind();
            self.project_of_log(to, &own).await?;
            for event in &own {
                self.continuity.saw(event);
            }
        }
        self.read_to = to;
        Ok(Projected { any: !own.is_empty(), is_more: read == READ_AT_ONCE as usize })
    }

    async fn pass_over(&mut self, events: usize, to: Place) -> Result<(), Stopped> {
        self.passed_over += events;
        if self.passed_over >= PASSED_OVER {
            self.step(to, &[]).await.map_err(|error| self.stopped_without_event(&error))?;
        }
        Ok(())
    }

    /// All at once; if that fails, one by one, so that what stands before the event at fault is written and it is known.
    async fn project_of_log(&mut self, to: Place, own: &[RecordedEvent]) -> Result<(), Stopped> {
        match self.step(to, own).await {
            Ok(()) => return Ok(()),
            Err(error) if is_the_databases_trouble(&error) => return Err(self.stopped_without_event(&error)),
            Err(ProjectionError::CheckpointMoved { .. }) => return Err(Stopped::CheckpointMoved),
            Err(_) => {}
        }
        for event in own {
            self.step(event.place, slice::from_ref(event)).await.map_err(|error| self.stopped_at(event, &error))?;
        }
        Ok(())
    }

    fn stopped_at(&self, event: &RecordedEvent, error: &ProjectionError) -> Stopped {
        if is_the_databases_trouble(error) || matches!(error, ProjectionError::CheckpointMoved { .. }) {
            return self.stopped_without_event(error);
        }
        self.of.watch.failed();
        tracing::error!(
            projection = P::NAME,
            partition = self.of.share.number(),
            event = %event.id,
            place = %event.place,
            event_type = event.event_type,
            error = %Chain(error),
            "the event cannot be projected; its partition stands still until it can"
        );
        Stopped::Failed
    }

    fn stopped_without_event(&self, error: &ProjectionError) -> Stopped {
        if matches!(error, ProjectionError::CheckpointMoved { .. }) {
            return Stopped::CheckpointMoved;
        }
        self.of.watch.failed();
        let partition = self.of.share.number();
        tracing::warn!(projection = P::NAME, partition, error = %Chain(error), "not projected; trying again");
        Stopped::Failed
    }
}

/// What became of reading some of the log.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Projected {
    /// Whether there was anything for this partition.
    pub(super) any: bool,
    /// Whether the log may have more.
    pub(super) is_more: bool,
}

/// Whether the database failed rather than an event: it was not reachable, too slow, shutting down, or had to choose a
/// victim among transactions.
fn is_the_databases_trouble(error: &ProjectionError) -> bool {
    use sqlx::Error::{Database, Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    match error {
        ProjectionError::Database(DatabaseError::TimedOut(_)) => true,
        ProjectionError::Database(DatabaseError::Failed(error)) => match error {
            Io(_) | Tls(_) | Protocol(_) | PoolTimedOut | PoolClosed | WorkerCrashed => true,
            // Classes of SQLSTATE: connection, transaction rollback, insufficient resources, object not ready
            // (a lock that could not be had in time), operator intervention.
            Database(error) => error
                .code()
                .is_some_and(|code| ["08", "40", "53", "55", "57"].iter().any(|class| code.starts_with(class))),
            _ => false,
        },
        ProjectionError::Log(error) => !error.is_lasting(),
        _ => false,
    }
}

/// An error with what caused it, on one line.
struct Chain<'a>(&'a ProjectionError);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = std::error::Error::source(self.0);
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}
