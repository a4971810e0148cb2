//! What a read model's projector is, and the one transaction in which it takes a step.

use daybook_event_store::{Place, RecordedEvent};
use sqlx::{Connection as _, PgConnection};

use crate::checkpoint;
use crate::database::{self, DatabaseError, within};
use crate::error::ProjectionError;
use crate::partition::ProjectionPartition;

/// Fills the tables of one read model.
pub trait Projection: Send + Sync + 'static {
    /// Its name: of its checkpoints, in metrics, and on the command line.
    const NAME: &'static str;

    /// Its tables, in the order in which its queries name them.
    ///
    /// The projector's SQL names them without a schema: the search path says whether the live ones are meant or those that a
    /// rebuild is filling.
    const TABLES: &'static [&'static str];

    /// Writes what the events say into the tables, within the caller's transaction.
    ///
    /// Events come in the order of the log. Those of one host follow each other without a gap; how they are split into
    /// batches, and which other hosts' events stand between them, makes no difference to the tables. Events that the tables
    /// have seen already change nothing.
    fn project(
        &self,
        connection: &mut PgConnection,
        events: &[RecordedEvent],
    ) -> impl Future<Output = Result<(), ProjectionError>> + Send;

    /// Adds to the empty tables that a rebuild has made, within its transaction: partitions that the live ones lack.
    fn prepare(&self, connection: &mut PgConnection) -> impl Future<Output = Result<(), DatabaseError>> + Send {
        let _ = connection;
        async { Ok(()) }
    }
}

/// A stretch of the log, as one partition of a projection takes it.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Which partition.
    pub partition: ProjectionPartition,
    /// Where the partition's checkpoint stands.
    pub from: Place,
    /// Where it will stand: at the last event of the stretch, whichever partition that one belongs to.
    pub to: Place,
    /// The events of this partition's hosts after `from`, up to and including `to`. May be empty.
    pub events: &'a [RecordedEvent],
}

/// Takes a step in one transaction: the checkpoint moves, and the rows say what the events say, or neither.
///
/// [`ProjectionError::CheckpointMoved`] tells that the checkpoint was not at `from`; two writers can therefore not both take
/// the same step, whatever they believe about their locks.
///
/// To be given up with its connection, or not at all: the transaction may be open.
pub async fn apply<P: Projection>(
    connection: &mut PgConnection,
    projection: &P,
    step: Step<'_>,
) -> Result<(), ProjectionError> {
    within(database::BATCH, async {
        let mut transaction = connection.begin().await?;
        // First, and not last: the row's lock keeps a rebuild's swap out until this step is done, and this step out until
        // the swap is. The tables are locked after it, by both.
        if !checkpoint::advance(&mut transaction, P::NAME, step.partition, step.from, step.to).await? {
            return Err(ProjectionError::CheckpointMoved { expected: step.from });
        }
        if !step.events.is_empty() {
            projection.project(&mut transaction, step.events).await?;
        }
        fail::fail_point!("projection-before-commit", |_| std::process::abort());
        transaction.commit().await?;
        fail::fail_point!("projection-after-commit", |_| std::process::abort());
        Ok(())
    })
    .await
}
