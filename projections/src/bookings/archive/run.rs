//! Months leave the read model.

use std::collections::{BTreeSet, HashSet};

use chrono::{Duration, TimeDelta};
use daybook_domain::time::Instant;
use daybook_event_store::{Feed, Place};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::booking::Booking;
use super::super::months::{self, Month};
use super::super::projector::BookingsProjection;
use super::super::rows::Key;
use super::error::ArchiveError;
use super::file::{self, Reader, Writer};
use super::line::{Line, subjects};
use super::manifest::{FORMAT, Manifest};
use super::{Archive, ArchivedMonth, BATCH, FEWEST_DAYS, RESTORED_DAYS, archived_months};
use crate::database::answer;
use crate::projection::Projection;
use crate::status;
use crate::tables_lock::TablesLock;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The month's file has its name.
    FileWritten,
    /// It was read back and is what the log says.
    FileChecked,
    /// Its manifest is in place: the month is archived.
    ManifestWritten,
    /// So many rows were removed from the read model.
    RowsRemoved(u64),
    /// The month's partition was removed.
    PartitionRemoved,
}

/// What became of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthDone {
    /// Which.
    pub month: Month,
    /// The rows of its file.
    pub rows: u64,
    /// Those that left the read model now.
    pub removed: u64,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunReport {
    /// The months that were archived, or whose archiving was finished.
    pub archived: Vec<MonthDone>,
    /// Months that stay for a while, because they were restored not long ago.
    pub restored: Vec<Month>,
    /// Months whose files were removed: their two years are over.
    pub removed: Vec<Month>,
}

impl Archive {
    /// Archives every month whose bookings all ended more than so many days ago. `observe` is told of every step, and ends the
    /// run with an error.
    pub async fn run(
        &self,
        now: Instant,
        older_than_days: u32,
        mut observe: impl FnMut(Month, Step) -> Result<(), ArchiveError> + Send,
    ) -> Result<RunReport, ArchiveError> {
        if older_than_days < FEWEST_DAYS {
            return Err(ArchiveError::TooSoon { fewest: FEWEST_DAYS });
        }
        let mut lock = TablesLock::take(&self.pool).await?.ok_or(ArchiveError::Busy)?;
        let done = self.run_alone(&mut lock, now, older_than_days, &mut observe).await;
        lock.release().await;
        done
    }

    async fn run_alone(
        &self,
        connection: &mut PgConnection,
        now: Instant,
        older_than_days: u32,
        observe: &mut (impl FnMut(Month, Step) -> Result<(), ArchiveError> + Send),
    ) -> Result<RunReport, ArchiveError> {
        self.read_model_is_level(now).await?;
        let mut report = RunReport { removed: self.remove_expired(now).await?, ..RunReport::default() };
        let known = archived_months(&self.pool).await?;
        // A meeting lasts no longer than a day.
        let before = now - Duration::days(i64::from(older_than_days) + 1);
        let months::Partitions { months, in_default } = months::partitions(connection).await?;
        let archived = known.iter().filter(|known| known.removed_at.is_none()).map(|known| known.month);
        let wanted: BTreeSet<Month> = months.keys().chain(in_default.keys()).copied().chain(archived).collect();
        for month in wanted.into_iter().filter(|month| month.end() <= before) {
            let known = known.iter().find(|known| known.month == month);
            if known.and_then(|known| known.restored_at).is_some_and(|at| now < at + Duration::days(RESTORED_DAYS)) {
                report.restored.push(month);
                continue;
            }
            report.archived.extend(self.archive(connection, month, known, now, observe).await?);
            if months.contains_key(&month) && months::remove_if_empty(connection, month).await? {
                observe(month, Step::PartitionRemoved)?;
            }
        }
        Ok(report)
    }

    /// An error if the read model is so far behind that an archived row could lack an event.
    async fn read_model_is_level(&self, now: Instant) -> Result<(), ArchiveError> {
        let statuses = status::of(&self.pool, &Feed::new(self.pool.clone()), BookingsProjection::NAME).await?;
        let behind = statuses.iter().filter(|status| status.lag(now) >= TimeDelta::days(1));
        let events: u64 = behind.filter_map(|status| status.behind.as_ref()).map(|behind| behind.events).sum();
        if events > 0 { Err(ArchiveError::Behind(events)) } else { Ok(()) }
    }

    /// Archives the rows of a month, if there are any or an earlier run broke off.
    async fn archive(
        &self,
        connection: &mut PgConnection,
        month: Month,
        known: Option<&ArchivedMonth>,
        now: Instant,
        observe: &mut (impl FnMut(Month, Step) -> Result<(), ArchiveError> + Send),
    ) -> Result<Option<MonthDone>, ArchiveError> {
        let earlier = Manifest::read(&self.directory, month)?;
        let is_kept = known.is_some_and(|known| known.removed_at.is_none());
        if earlier.is_none() && is_kept {
            return Err(ArchiveError::NoFile { month, directory: self.directory.clone() });
        }
        let first = self.page(connection, month, Uuid::nil(), Uuid::nil()).await?;
        if first.is_empty() && !self.has_outdated_marks(connection, month).await? {
            // All rows have left, if there were any.
            let Some(earlier) = earlier else { return Ok(None) };
            file::remove_remains(&self.directory, month, Some(&earlier.file))?;
            let is_done = known.is_some_and(|known| is_kept && known.sha256 == earlier.sha256);
            if is_done {
                return Ok(None);
            }
            self.register(connection, month, &earlier, now).await?;
            return Ok(Some(MonthDone { month, rows: earlier.rows, removed: 0 }));
        }

        let manifest = self.write(connection, month, earlier.as_ref(), first, now, observe).await?;
        file::remove_remains(&self.directory, month, Some(&manifest.file))?;
        self.register(connection, month, &manifest, now).await?;
        self.remove_outdated_marks(connection, month).await?;
        let mut removed = 0;
        let mut reader = Reader::of(&self.directory, month, &manifest)?;
        loop {
            let lines = reader.next()?;
            if lines.is_empty() {
                break;
            }
            removed += self.remove_rows(connection, month, &lines).await?;
            observe(month, Step::RowsRemoved(removed))?;
        }
        Ok(Some(MonthDone { month, rows: manifest.rows, removed }))
    }

    /// Writes the month's file and its manifest: the rows of the table, and those that an earlier file has.
    async fn write(
        &self,
        connection: &mut PgConnection,
        month: Month,
        earlier: Option<&Manifest>,
        first: Vec<Booking>,
        now: Instant,
        observe: &mut (impl FnMut(Month, Step) -> Result<(), ArchiveError> + Send),
    ) -> Result<Manifest, ArchiveError> {
        if let Some(earlier) = earlier {
            Reader::of(&self.directory, month, earlier)?.check()?;
        }
        let mut writer = Writer::begin(&self.directory, month)?;
        let (mut page, mut in_table) = (first, HashSet::<Key>::new());
        while let Some(last) = page.last().map(|row| (row.id.0, row.host_id.0)) {
            let subjects = subjects(page.iter().map(|row| &row.invitee_subject));
            let keys = self.codec.keys().for_opening(&subjects.iter().collect::<Vec<_>>()).await?;
            for row in page {
                in_table.insert((row.host_id, row.id));
                writer.add(&Line::seal(row, &keys))?;
            }
            page = self.page(connection, month, last.0, last.1).await?;
        }
        if let Some(earlier) = earlier {
            let mut reader = Reader::of(&self.directory, month, earlier)?;
            loop {
                let mut lines = reader.next()?;
                if lines.is_empty() {
                    break;
                }
                lines.retain(|line| !in_table.contains(&line.key()));
                let archived = self.archived_as_in(connection, month, &lines).await?;
                for line in lines.iter().filter(|line| archived.contains(&line.key())) {
                    writer.add(line)?;
                }
            }
        }
        let written = writer.finish(&self.directory)?;
        observe(month, Step::FileWritten)?;
        let checked = self.check(month, || Reader::of_written(&self.directory, month, &written)).await?;
        if !checked.differences.is_empty() {
            return Err(ArchiveError::Differs(checked.differences));
        }
        observe(month, Step::FileChecked)?;
        let (first_position, last_position) = checked.places.unwrap_or((Place::default(), Place::default()));
        let manifest = Manifest {
            format: FORMAT,
            month: month.to_string(),
            file: written.file,
            rows: written.rows,
            bytes: written.bytes,
            sha256: written.sha256,
            first_position,
            last_position,
            written_at: now,
        };
        manifest.write(&self.directory, month)?;
        observe(month, Step::ManifestWritten)?;
        Ok(manifest)
    }

    /// The next rows of a month, by id and host.
    async fn page(
        &self,
        connection: &mut PgConnection,
        month: Month,
        id: Uuid,
        host: Uuid,
    ) -> Result<Vec<Booking>, ArchiveError> {
        let query = sqlx::query_as(include_str!("page.sql"))
            // Planned for the month at hand, so that the others are left out.
            .persistent(false)
            .bind(month.start())
            .bind(month.end())
            .bind(id)
            .bind(host)
            .bind(i64::try_from(BATCH).unwrap_or(i64::MAX));
        Ok(answer(query.fetch_all(connection)).await?)
    }

    /// Takes note of the month's file.
    async fn register(
        &self,
        connection: &mut PgConnection,
        month: Month,
        manifest: &Manifest,
        now: Instant,
    ) -> Result<(), ArchiveError> {
        let query = sqlx::query(include_str!("register.sql"))
            .bind(month.first_day())
            .bind(manifest.rows.cast_signed())
            .bind(&manifest.sha256)
            .bind(now);
        answer(query.execute(connection)).await?;
        Ok(())
    }
}
