//! Whose meeting type or booking is this?

use daybook_domain::ids::{BookingId, HostId, MeetingTypeId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::database::{DatabaseError, within_limit};

/// Finds the calendar that something belongs to, in the log itself: it knows an event as soon as it is appended. Cloning
/// shares it.
#[derive(Clone, Debug)]
pub struct Directory {
    pool: PgPool,
}

impl Directory {
    /// Looks hosts up in this database.
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// The host or team who offers, or offered, a meeting type. A team's members hold copies.
    pub async fn host_of_meeting_type(&self, id: MeetingTypeId) -> Result<Option<HostId>, DatabaseError> {
        let query = sqlx::query_scalar::<_, Uuid>(
            "SELECT coalesce(payload ->> 'team_id', aggregate_id)::uuid FROM events
             WHERE event_type = 'MeetingTypeAdded' AND payload ->> 'meeting_type_id' = $1
             ORDER BY sequence LIMIT 1",
        );
        Ok(within_limit(query.bind(id.to_string()).fetch_optional(&self.pool)).await?.map(HostId))
    }

    /// The hosts of a booking that was made not long ago, whatever has become of it: within the last few seconds of a busy
    /// log. For whoever looks for a booking that the bookings read model has not met yet.
    pub async fn hosts_of_recent_booking(&self, id: BookingId) -> Result<Vec<HostId>, DatabaseError> {
        let query = sqlx::query_scalar::<_, Uuid>(
            "SELECT aggregate_id::uuid
             FROM (SELECT * FROM events ORDER BY transaction_id DESC, position DESC LIMIT 5000) AS recent
             WHERE event_type = 'BookingRequested' AND payload ->> 'booking_id' = $1",
        );
        Ok(within_limit(query.bind(id.to_string()).fetch_all(&self.pool)).await?.into_iter().map(HostId).collect())
    }

    /// The event with which a booking began in a host's calendar, and the correlation id that it carries: what follows from
    /// it carries both.
    pub async fn origin_of_booking(
        &self,
        host: HostId,
        id: BookingId,
    ) -> Result<Option<(Uuid, Option<String>)>, DatabaseError> {
        let query = sqlx::query_as(
            "SELECT event_id, metadata ->> 'correlation_id' FROM events
             WHERE aggregate_type = 'calendar' AND aggregate_id = $1
                 AND event_type = 'BookingRequested' AND payload ->> 'booking_id' = $2
             ORDER BY sequence DESC LIMIT 1",
        );
        within_limit(query.bind(host.to_string()).bind(id.to_string()).fetch_optional(&self.pool)).await
    }

    /// The hosts of a booking that holds its time: several of a collective meeting. Of one that no longer does, the bookings
    /// read model knows.
    pub async fn hosts_of_active_booking(&self, id: BookingId) -> Result<Vec<HostId>, DatabaseError> {
        let query = sqlx::query_scalar::<_, Uuid>("SELECT host_id FROM reservations WHERE booking_id = $1");
        Ok(within_limit(query.bind(id.0).fetch_all(&self.pool)).await?.into_iter().map(HostId).collect())
    }
}
