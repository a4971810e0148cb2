//! The last look for double bookings (B6): the log refuses them, so there must be none.

use std::time::Duration;

use daybook_domain::ids::{BookingId, HostId};
use daybook_domain::time::Instant;
use sqlx::PgPool;
use uuid::Uuid;

use crate::database::{DatabaseError, within};

/// The search reads every upcoming booking, so it may take longer than a query that somebody waits for.
const LIMIT: Duration = Duration::from_mins(1);

/// Two active bookings of different sessions that share some of a host's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Overlap {
    /// Whose time.
    #[sqlx(try_from = "Uuid")]
    pub host: HostId,
    /// The booking that starts first.
    #[sqlx(try_from = "Uuid")]
    pub first: BookingId,
    /// The other one.
    #[sqlx(try_from = "Uuid")]
    pub second: BookingId,
}

/// Up to `limit` overlaps among the bookings that start at or after `from`. There should be none, ever; each counts for
/// `daybook_double_booking_detected_total`.
pub async fn overlaps(pool: &PgPool, from: Instant, limit: u16) -> Result<Vec<Overlap>, DatabaseError> {
    let query = sqlx::query_as(include_str!("overlaps.sql")).bind(from).bind(i64::from(limit));
    within(LIMIT, async { Ok(query.fetch_all(pool).await?) }).await
}
