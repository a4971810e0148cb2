//! Bookings whose rows stand in the archive instead of the table.

use std::collections::{HashMap, HashSet};

use daybook_domain::ids::{BookingId, HostId};
use daybook_domain::personal::Subject;
use sqlx::postgres::PgExecutor;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::rows::Key;
use crate::database::{DatabaseError, answer};

/// Those of these bookings that were archived, each with the version of its calendar that the archived row has seen.
pub(super) async fn among(
    connection: &mut PgConnection,
    ids: impl Iterator<Item = BookingId>,
) -> sqlx::Result<HashMap<Key, u64>> {
    let ids: HashSet<Uuid> = ids.map(|id| id.0).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let query = sqlx::query("SELECT id, host_id, stream_version FROM read_models.archived_bookings WHERE id = ANY($1)");
    let rows = query.bind(ids).fetch_all(connection).await?;
    let seen = |row: &sqlx::postgres::PgRow| {
        let key = (HostId(row.get("host_id")), BookingId(row.get("id")));
        (key, row.get::<i64, _>("stream_version").cast_unsigned())
    };
    Ok(rows.iter().map(seen).collect())
}

/// The bookings of an invitee that stand in the archive, each with its host.
pub async fn archived_of_invitee(
    executor: impl PgExecutor<'_>,
    subject: &Subject,
) -> Result<Vec<(HostId, BookingId)>, DatabaseError> {
    // One that came back into the table is listed there.
    let query = sqlx::query(
        "SELECT a.host_id, a.id FROM read_models.archived_bookings a
         WHERE a.invitee_subject = $1
             AND NOT EXISTS (SELECT FROM read_models.bookings b WHERE b.id = a.id AND b.host_id = a.host_id)
         ORDER BY a.host_id, a.id",
    );
    let rows = answer(query.bind(&subject.0).fetch_all(executor)).await?;
    Ok(rows.iter().map(|row| (HostId(row.get("host_id")), BookingId(row.get("id")))).collect())
}
