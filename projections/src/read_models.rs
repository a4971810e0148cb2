//! All read models of one database, for those who only read.

use std::time::Duration;

use daybook_domain::availability::Availability;
use daybook_domain::ids::{BookingId, HostId};
use daybook_domain::time::Instant;
use daybook_event_store::Place;
use sqlx::PgPool;

use crate::database::DatabaseError;
use crate::projection::Projection;
use crate::replica::Replica;
use crate::{availability, bookings, checkpoint};

/// All read models of one database. Cloning shares it.
#[derive(Clone, Debug)]
pub struct ReadModels {
    pool: PgPool,
    replica: Option<Replica>,
}

impl ReadModels {
    /// The read models of this database.
    pub const fn new(pool: PgPool) -> Self {
        Self { pool, replica: None }
    }

    /// The same, with a replica that is read where its answer is as new as it has to be.
    #[must_use]
    pub fn with_replica(self, replica: Option<Replica>) -> Self {
        Self { replica, ..self }
    }

    /// A host's availability as [`availability`](Self::availability), from the replica if that has this version or a later
    /// one.
    pub async fn availability_since(
        &self,
        host: HostId,
        now: Instant,
        version: u64,
    ) -> Result<Option<(u64, Availability)>, DatabaseError> {
        if let Some(replica) = &self.replica
            && let Some(found) = replica.availability(host, now, version).await
        {
            return Ok(Some(found));
        }
        self.availability(host, now).await
    }

    /// A page of a host's bookings from the replica, if there is one and it shows the event at `place`.
    pub async fn bookings_of_replica(
        &self,
        host: HostId,
        filter: &bookings::Filter,
        cursor: Option<bookings::Cursor>,
        limit: u16,
        now: Instant,
        place: Option<Place>,
    ) -> Option<bookings::Page> {
        self.replica.as_ref()?.bookings(host, filter, cursor, limit, now, place).await
    }

    /// See [`availability::load`].
    pub async fn availability(&self, host: HostId, now: Instant) -> Result<Option<(u64, Availability)>, DatabaseError> {
        availability::load(&self.pool, host, now).await
    }

    /// See [`bookings::by_id`].
    pub async fn booking(&self, id: BookingId) -> Result<Option<bookings::Booking>, DatabaseError> {
        bookings::by_id(&self.pool, id).await
    }

    /// See [`bookings::by_ids`].
    pub async fn bookings_by_ids(
        &self,
        host: HostId,
        ids: &[BookingId],
    ) -> Result<Vec<bookings::Booking>, DatabaseError> {
        bookings::by_ids(&self.pool, host, ids).await
    }

    /// See [`bookings::list`].
    pub async fn bookings(
        &self,
        host: HostId,
        filter: &bookings::Filter,
        cursor: Option<bookings::Cursor>,
        limit: u16,
        now: Instant,
    ) -> Result<bookings::Page, DatabaseError> {
        bookings::list(&self.pool, host, filter, cursor, limit, now).await
    }

    /// See [`bookings::next_holds`].
    pub async fn next_holds(&self, limit: u16) -> Result<Vec<bookings::Hold>, DatabaseError> {
        bookings::next_holds(&self.pool, limit).await
    }

    /// Waits until a projection shows what an event of this host at `place` did; false if it does not in time.
    pub async fn caught_up<P: Projection>(
        &self,
        host: HostId,
        place: Place,
        limit: Duration,
    ) -> Result<bool, DatabaseError> {
        let deadline = tokio::time::Instant::now() + limit;
        checkpoint::caught_up(&self.pool, P::NAME, host, place, deadline).await
    }
}
