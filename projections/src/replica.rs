//! Reading from a streaming replica of the database, with bounded staleness (O4).
//!
//! The replica is asked only while it is known to show all that was committed up to a moment not long ago, and after the last
//! time at which this node may have missed news. What it answers must also be as new as the caller has heard of. In every
//! other case the primary is read, so a replica that is down, slow or behind costs nothing but its help.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use daybook_domain::availability::Availability;
use daybook_domain::ids::HostId;
use daybook_domain::time::Instant;
use daybook_event_store::Place;
use sqlx::PgPool;
use tokio::time::{Instant as Moment, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::bookings::{self, BookingsProjection};
use crate::database::DatabaseError;
use crate::projection::Projection;
use crate::{availability, checkpoint};

/// How long the replica may take to answer before the primary is asked instead.
const PATIENCE: Duration = Duration::from_millis(500);
/// Moments of the primary that are remembered while the replica has not reached them.
const MOST_SAMPLES: usize = 256;

/// What came of a read that the replica could have served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaRead {
    /// It did.
    Served,
    /// It is behind by more than the bound, or not known to be level; it was not asked.
    Stale,
    /// It had not heard yet of what the caller knows.
    Behind,
    /// It did not answer in time, or with an error.
    Failed,
}

impl ReplicaRead {
    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Stale => "stale",
            Self::Behind => "behind",
            Self::Failed => "failed",
        }
    }

    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Served, Self::Stale, Self::Behind, Self::Failed];
}

/// A streaming replica of the database. Cloning shares it.
#[derive(Clone)]
pub struct Replica {
    pool: PgPool,
    most: Duration,
    state: Arc<Mutex<State>>,
    count: Arc<dyn Fn(ReplicaRead) + Send + Sync>,
}

/// What is known of the replica.
#[derive(Debug)]
struct State {
    /// Everything that was committed before this moment is there.
    level_at: Option<Moment>,
    /// It must be level with at least this moment: news may have been missed before.
    needed: Moment,
    /// Moments and how far the primary's write-ahead log was then, which the replica had not reached.
    ahead: VecDeque<(Moment, u64)>,
}

/// What does not fit.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error("it is a replica of another database cluster")]
    AnotherCluster,
    #[error("it is no replica: it takes writes itself")]
    NoReplica,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("no answer in time")]
    TimedOut,
}

impl Replica {
    /// A replica that may be behind by `most`; `count` is told of every read. Not read until [`watch`](Self::watch) has seen
    /// how far it is.
    pub fn new(pool: PgPool, most: Duration, count: impl Fn(ReplicaRead) + Send + Sync + 'static) -> Self {
        let state = State { level_at: None, needed: Moment::now(), ahead: VecDeque::new() };
        Self { pool, most, state: Arc::new(Mutex::new(state)), count: Arc::new(count) }
    }

    /// Takes note that news may have been missed: what the replica shows is believed again once it is level with this moment.
    pub fn distrust(&self) {
        self.state().needed = Moment::now();
    }

    /// How long ago the replica was last known to show everything; none if it never was, or cannot be reached.
    pub fn staleness(&self) -> Option<Duration> {
        self.state().level_at.map(|at| at.elapsed())
    }

    /// Whether it would be read now.
    pub fn is_usable(&self) -> bool {
        let state = self.state();
        state.level_at.is_some_and(|at| at >= state.needed && at.elapsed() <= self.most)
    }

    /// A host's availability at this version or a later one; none where the primary is to be asked.
    pub(crate) async fn availability(&self, host: HostId, now: Instant, version: u64) -> Option<(u64, Availability)> {
        self.read(async {
            let found = availability::load(&self.pool, host, now).await?;
            Ok(found.filter(|(found, _)| *found >= version))
        })
        .await
    }

    /// A page of a host's bookings that shows the event at `place`; none where the primary is to be asked.
    pub(crate) async fn bookings(
        &self,
        host: HostId,
        filter: &bookings::Filter,
        cursor: Option<bookings::Cursor>,
        limit: u16,
        now: Instant,
        place: Option<Place>,
    ) -> Option<bookings::Page> {
        self.read(async {
            if let Some(place) = place
                && checkpoint::place_of(&self.pool, BookingsProjection::NAME, host).await? < place
            {
                return Ok(None);
            }
            Ok(Some(bookings::list(&self.pool, host, filter, cursor, limit, now).await?))
        })
        .await
    }

    async fn read<T>(&self, question: impl Future<Output = Result<Option<T>, DatabaseError>>) -> Option<T> {
        if !self.is_usable() {
            (self.count)(ReplicaRead::Stale);
            return None;
        }
        match timeout(PATIENCE, question).await {
            Ok(Ok(Some(found))) => {
                (self.count)(ReplicaRead::Served);
                Some(found)
            }
            Ok(Ok(None)) => {
                (self.count)(ReplicaRead::Behind);
                None
            }
            failed => {
                (self.count)(ReplicaRead::Failed);
                if let Ok(Err(error)) = failed {
                    tracing::warn!(%error, "the replica failed; reading from the primary");
                }
                // Nobody else waits for it until it has been seen to be well.
                self.state().level_at = None;
                None
            }
        }
    }

    /// Finds out again and again how far the replica is, until cancelled.
    pub async fn watch(self, primary: PgPool, stop: CancellationToken) {
        let mut ticks = interval((self.most / 8).clamp(Duration::from_millis(20), Duration::from_millis(500)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut was_well = true;
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let look = timeout(PATIENCE * 2, self.look(&primary));
            let Some(looked) = stop.run_until_cancelled(look).await else { return };
            match looked.unwrap_or(Err(Unfit::TimedOut)) {
                Ok(()) if was_well => {}
                Ok(()) => tracing::info!("the replica answers again"),
                Err(error) => {
                    if was_well {
                        tracing::warn!(%error, "the replica will not do; reading from the primary");
                    }
                    let mut state = self.state();
                    (state.level_at, was_well) = (None, false);
                    state.ahead.clear();
                    continue;
                }
            }
            was_well = true;
        }
    }

    async fn look(&self, primary: &PgPool) -> Result<(), Unfit> {
        // Taken before the question: all that was committed until now stands before the answer.
        let moment = Moment::now();
        let (cluster, written) = position(primary, include_str!("replica_primary.sql")).await?;
        let (same_cluster, replayed) = position(&self.pool, include_str!("replica_replayed.sql")).await?;
        if same_cluster != cluster {
            return Err(Unfit::AnotherCluster);
        }
        let written = written.ok_or(sqlx::Error::RowNotFound)?;
        let replayed = replayed.ok_or(Unfit::NoReplica)?;
        let mut state = self.state();
        state.ahead.push_back((moment, last_byte(written)));
        while let Some((moment, _)) = state.ahead.pop_front_if(|(_, written)| *written <= replayed) {
            state.level_at = Some(moment);
        }
        if state.ahead.len() > MOST_SAMPLES {
            state.ahead.pop_back();
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replica").field("most", &self.most).field("state", &self.state).finish_non_exhaustive()
    }
}

/// The cluster's name and a place in its write-ahead log, in bytes.
async fn position(pool: &PgPool, sql: &str) -> Result<(i64, Option<u64>), Unfit> {
    let (cluster, bytes): (i64, Option<i64>) = sqlx::query_as(sql).fetch_one(pool).await?;
    Ok((cluster, bytes.map(i64::cast_unsigned)))
}

/// Where the last record ends before the place at which the next one will begin. Behind the end of a page that is after the
/// header of the next one, which is written, and replayed, only with a record.
const fn last_byte(next: u64) -> u64 {
    const PAGE: u64 = 8_192;
    match next % PAGE {
        // XLogPageHeader and, on the first page of a segment, XLogLongPageHeader (PostgreSQL, access/xlog_internal.h).
        header @ (24 | 40) => next - header,
        _ => next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_a_page_that_is_not_begun_is_not_waited_for() {
        assert_eq!(last_byte(8_192 * 7 + 24), 8_192 * 7);
        assert_eq!(last_byte(8_192 * 2_048 + 40), 8_192 * 2_048);
        assert_eq!(
            [8_192 * 7, 8_192 * 7 + 64, 8_192 * 7 - 8].map(last_byte),
            [8_192 * 7, 8_192 * 7 + 64, 8_192 * 7 - 8]
        );
    }
}
