//! A month comes back into the read model.

use std::collections::HashSet;

use daybook_domain::ids::{BookingId, HostId};
use daybook_domain::time::Instant;
use sqlx::{Connection, PgConnection, Row};

use super::super::months::{self, Month};
use super::super::rows::{self, Key};
use super::Archive;
use super::error::{ArchiveError, Difference};
use super::file::Reader;
use super::line::{Line, subjects};
use super::manifest::Manifest;
use super::remove::keys;
use crate::database::{self, answer, within};
use crate::tables_lock::TablesLock;

/// What a restoration did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The rows of the file.
    pub rows: u64,
    /// Those that were brought back; the others were there.
    pub brought_back: u64,
}

impl Archive {
    /// Brings the rows of a month back into the read model, where they stay for a while. Whoever was erased since is shown as
    /// erased. Done twice, it changes nothing.
    pub async fn restore(&self, month: Month, now: Instant) -> Result<Restored, ArchiveError> {
        let no_file = || ArchiveError::NoFile { month, directory: self.directory.clone() };
        let manifest = Manifest::read(&self.directory, month)?.ok_or_else(no_file)?;
        let mut lock = TablesLock::take(&self.pool).await?.ok_or(ArchiveError::Busy)?;
        let done = self.restore_alone(&mut lock, month, &manifest, now).await;
        lock.release().await;
        done
    }

    async fn restore_alone(
        &self,
        connection: &mut PgConnection,
        month: Month,
        manifest: &Manifest,
        now: Instant,
    ) -> Result<Restored, ArchiveError> {
        Reader::of(&self.directory, month, manifest)?.check()?;
        months::ensure_one(connection, month).await?;
        let note = sqlx::query("UPDATE archived_months SET restored_at = $2 WHERE month = $1");
        answer(note.bind(month.first_day()).bind(now).execute(&mut *connection)).await?;
        let mut done = Restored { rows: 0, brought_back: 0 };
        let mut reader = Reader::of(&self.directory, month, manifest)?;
        loop {
            let lines = reader.next()?;
            if lines.is_empty() {
                return Ok(done);
            }
            done.rows += lines.len() as u64;
            let back = within(database::BATCH, self.bring_back(connection, month, lines));
            done.brought_back += back.await?;
        }
    }

    /// Brings these rows back where their marks still stand, and removes the marks, in one transaction.
    async fn bring_back(
        &self,
        connection: &mut PgConnection,
        month: Month,
        lines: Vec<Line>,
    ) -> Result<u64, ArchiveError> {
        let mut transaction = connection.begin().await?;
        // First: until the rows are written, nobody is erased from them.
        let subjects = subjects(lines.iter().map(|line| &line.invitee_subject));
        let subject_keys =
            self.codec.keys().for_keeping(&mut transaction, &subjects.iter().collect::<Vec<_>>()).await?;
        let (ids, hosts, versions) = keys(&lines);
        let query = sqlx::query(
            "DELETE FROM read_models.archived_bookings m
             USING unnest($2::uuid[], $3::uuid[], $4::bigint[]) AS a (id, host_id, stream_version)
             WHERE m.id = a.id AND m.host_id = a.host_id AND m.stream_version = a.stream_version AND m.month = $1
             RETURNING m.id, m.host_id",
        );
        let query = query.bind(month.first_day()).bind(ids).bind(hosts).bind(versions);
        let marked = query.fetch_all(&mut *transaction).await?;
        let marked: HashSet<Key> =
            marked.iter().map(|row| (HostId(row.get("host_id")), BookingId(row.get("id")))).collect();
        let mut bookings = Vec::with_capacity(marked.len());
        for line in lines.into_iter().filter(|line| marked.contains(&line.key())) {
            let (host, id) = line.key();
            let what = format!("booking {id} of host {host}: its personal data cannot be opened");
            let differs = |_| ArchiveError::Differs(vec![Difference { month, what }]);
            bookings.push(line.open(&subject_keys).map_err(differs)?);
        }
        let count = bookings.len() as u64;
        if count > 0 {
            sqlx::raw_sql("SET LOCAL search_path = read_models, public").execute(&mut *transaction).await?;
            rows::write_all(&mut transaction, &bookings).await?;
        }
        transaction.commit().await?;
        Ok(count)
    }
}
