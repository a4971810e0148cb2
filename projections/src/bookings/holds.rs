//! Holds that have run out, for the process that gives them up (B3).

use daybook_domain::ids::{BookingId, HostId};
use daybook_domain::time::Instant;
use sqlx::FromRow;
use sqlx::postgres::PgExecutor;
use uuid::Uuid;

use crate::database::{DatabaseError, answer};

/// A pending booking and the moment until which its host must answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Hold {
    /// Whose calendar it stands in; of a collective meeting, the organiser's.
    #[sqlx(try_from = "Uuid")]
    pub host: HostId,
    /// The booking.
    #[sqlx(try_from = "Uuid")]
    pub booking: BookingId,
    /// When it runs out.
    pub until: Instant,
}

/// The holds that run out first, at most `limit` of them, soonest first.
pub async fn next_holds(executor: impl PgExecutor<'_>, limit: u16) -> Result<Vec<Hold>, DatabaseError> {
    let query = sqlx::query_as(include_str!("next_holds.sql"));
    answer(query.bind(i64::from(limit)).fetch_all(executor)).await
}
