//! Reads a host's availability in one round trip.

use chrono::{DateTime, Duration, Utc};
use daybook_domain::availability::{Availability, Settings};
use daybook_domain::calendar::BOOKING_MEMORY_DAYS;
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId, SessionId};
use daybook_domain::reservation::Reservation;
use daybook_domain::time::{Instant, Interval};
use sqlx::postgres::{PgExecutor, PgRow};
use sqlx::types::Json;
use sqlx::{Decode, Postgres, Row, Type};
use uuid::Uuid;

use crate::database::{DatabaseError, answer};

/// What a host has set up and the times they hold, with the version of the calendar's stream at which both stand; none if
/// their calendar is not open. Times that ended over 35 days before `now` are left out: no rule asks for them.
///
/// Pools, connections and replicas will do.
pub async fn load(
    executor: impl PgExecutor<'_>,
    host: HostId,
    now: Instant,
) -> Result<Option<(u64, Availability)>, DatabaseError> {
    let since = now - Duration::days(BOOKING_MEMORY_DAYS);
    let query = sqlx::query(include_str!("load.sql")).bind(host.0).bind(since);
    let row = answer(query.fetch_optional(executor)).await?;
    Ok(row.as_ref().map(availability).transpose()?)
}

fn availability(row: &PgRow) -> sqlx::Result<(u64, Availability)> {
    let Json(settings) = row.try_get::<Json<Settings>, _>("settings")?;
    let availability = Availability { settings, reservations: reservations(row)? };
    Ok((row.try_get::<i64, _>("version")?.cast_unsigned(), availability))
}

/// The times, in the order that [`Availability`] keeps them in.
fn reservations(row: &PgRow) -> sqlx::Result<Vec<Reservation>> {
    let bookings: Vec<Uuid> = column(row, "bookings")?;
    let sessions: Vec<Uuid> = column(row, "sessions")?;
    let meeting_types: Vec<Uuid> = column(row, "meeting_types")?;
    let starts: Vec<DateTime<Utc>> = column(row, "starts")?;
    let ends: Vec<DateTime<Utc>> = column(row, "ends")?;
    let buffers_before: Vec<i32> = column(row, "buffers_before")?;
    let buffers_after: Vec<i32> = column(row, "buffers_after")?;
    let reservation = |i: usize| {
        Some(Reservation {
            during: Interval::between(starts[i], ends[i])?,
            buffer_before_minutes: buffers_before[i].try_into().ok()?,
            buffer_after_minutes: buffers_after[i].try_into().ok()?,
            booking: BookingId(bookings[i]),
            session: SessionId(sessions[i]),
            meeting_type: MeetingTypeId(meeting_types[i]),
        })
    };
    let reservations: Option<Vec<Reservation>> = (0..bookings.len()).map(reservation).collect();
    let mut reservations = reservations.ok_or_else(|| sqlx::Error::Decode("a busy time is out of bounds".into()))?;
    reservations.sort_unstable_by_key(|r| (r.during.start(), r.booking));
    Ok(reservations)
}

/// An aggregate over no rows is null.
fn column<'r, T>(row: &'r PgRow, name: &str) -> sqlx::Result<Vec<T>>
where
    Vec<T>: Decode<'r, Postgres> + Type<Postgres>,
{
    Ok(row.try_get::<Option<Vec<T>>, _>(name)?.unwrap_or_default())
}
