//! Rows give way to marks.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use daybook_domain::ids::{BookingId, HostId};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::super::months::Month;
use super::super::rows::Key;
use super::Archive;
use super::error::ArchiveError;
use super::line::Line;
use crate::database::{BATCH, within};

/// Marks of a month whose bookings are in the table, and have seen more than the archived rows.
macro_rules! outdated {
    () => {
        " FROM read_models.archived_bookings m
          WHERE m.month = $1 AND EXISTS (
              SELECT FROM read_models.bookings b
              WHERE b.id = m.id AND b.host_id = m.host_id AND b.stream_version > m.stream_version)"
    };
}

impl Archive {
    /// Removes these rows from the table where they are as archived, and marks them; how many.
    pub(super) async fn remove_rows(
        &self,
        connection: &mut PgConnection,
        month: Month,
        lines: &[Line],
    ) -> Result<u64, ArchiveError> {
        let (ids, hosts, versions) = keys(lines);
        let starts: Vec<DateTime<Utc>> = lines.iter().map(|line| line.start_time).collect();
        let query = sqlx::query(include_str!("remove.sql"))
            .persistent(false)
            .bind(month.first_day())
            .bind(ids)
            .bind(hosts)
            .bind(starts)
            .bind(versions)
            .bind(month.start())
            .bind(month.end());
        within(BATCH, async { Ok(query.execute(connection).await?.rows_affected()) }).await
    }

    /// Those of these bookings that are marked as archived in this month, as the lines have them, and have not come back.
    pub(super) async fn archived_as_in(
        &self,
        connection: &mut PgConnection,
        month: Month,
        lines: &[Line],
    ) -> Result<HashSet<Key>, ArchiveError> {
        let (ids, hosts, versions) = keys(lines);
        let query = sqlx::query(
            "SELECT m.id, m.host_id FROM read_models.archived_bookings m
             JOIN unnest($2::uuid[], $3::uuid[], $4::bigint[]) AS a (id, host_id, stream_version)
                 USING (id, host_id, stream_version)
             WHERE m.month = $1 AND NOT EXISTS (
                 SELECT FROM read_models.bookings b
                 WHERE b.id = m.id AND b.host_id = m.host_id AND b.stream_version > m.stream_version)",
        );
        let query = query.bind(month.first_day()).bind(ids).bind(hosts).bind(versions);
        let rows = within(BATCH, async { Ok::<_, ArchiveError>(query.fetch_all(connection).await?) }).await?;
        Ok(rows.iter().map(|row| (HostId(row.get("host_id")), BookingId(row.get("id")))).collect())
    }

    /// Whether bookings that are marked as archived in this month have come back into the table since, in this month or in
    /// another one: then the month's file is to be written again.
    pub(super) async fn has_outdated_marks(
        &self,
        connection: &mut PgConnection,
        month: Month,
    ) -> Result<bool, ArchiveError> {
        let query = sqlx::query_scalar(concat!("SELECT EXISTS (SELECT", outdated!(), ")"));
        let query = query.persistent(false).bind(month.first_day());
        within(BATCH, async { Ok(query.fetch_one(connection).await?) }).await
    }

    /// Removes those marks, once the month's file no longer has the rows.
    pub(super) async fn remove_outdated_marks(
        &self,
        connection: &mut PgConnection,
        month: Month,
    ) -> Result<(), ArchiveError> {
        let query = sqlx::query(concat!("DELETE", outdated!())).persistent(false).bind(month.first_day());
        within(BATCH, async { Ok(query.execute(connection).await?) }).await.map(drop)
    }
}

/// Ids, hosts and versions, as PostgreSQL takes them.
pub(super) fn keys(lines: &[Line]) -> (Vec<Uuid>, Vec<Uuid>, Vec<i64>) {
    let ids = lines.iter().map(|line| line.id).collect();
    let hosts = lines.iter().map(|line| line.host_id).collect();
    (ids, hosts, lines.iter().map(|line| line.stream_version.cast_signed()).collect())
}
