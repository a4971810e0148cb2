//! The archive against its manifests, the database and the log.

use std::collections::{BTreeSet, HashSet};

use daybook_domain::ids::{BookingId, HostId};
use sqlx::Row;

use super::super::months::Month;
use super::super::rows::Key;
use super::error::{ArchiveError, Difference};
use super::file::Reader;
use super::manifest::Manifest;
use super::{Archive, ArchivedMonth, archived_months};
use crate::database::answer;

/// What was looked at, and what is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Months looked at.
    pub months: u64,
    /// Rows looked at.
    pub rows: u64,
    /// What differs; nothing, if all is well.
    pub differences: Vec<Difference>,
}

impl Archive {
    /// Holds every file against its manifest and, row by row, against the log; and the directory against what the database
    /// says was archived.
    pub async fn verify(&self) -> Result<Verified, ArchiveError> {
        let known = archived_months(&self.pool).await?;
        let mut months: BTreeSet<Month> = Manifest::months(&self.directory)?.into_iter().collect();
        months.extend(known.iter().filter(|known| known.removed_at.is_none()).map(|known| known.month));
        let mut verified = Verified::default();
        for month in months {
            verified.months += 1;
            let known = known.iter().find(|known| known.month == month);
            match self.verify_month(month, known, &mut verified).await {
                Err(ArchiveError::Differs(mut differences)) => verified.differences.append(&mut differences),
                done => done?,
            }
        }
        Ok(verified)
    }

    async fn verify_month(
        &self,
        month: Month,
        known: Option<&ArchivedMonth>,
        verified: &mut Verified,
    ) -> Result<(), ArchiveError> {
        let differs = |what: &str| Difference { month, what: what.to_owned() };
        let Some(manifest) = Manifest::read(&self.directory, month)? else {
            verified.differences.push(differs("was archived, and has no manifest here"));
            return Ok(());
        };
        match known.filter(|known| known.removed_at.is_none()) {
            None => verified
                .differences
                .push(differs("has a manifest, but the database does not know that it was archived")),
            Some(known) if (known.rows, &known.sha256) != (manifest.rows, &manifest.sha256) => {
                verified.differences.push(differs("has another manifest than the one that the database knows"));
            }
            Some(_) => {}
        }
        let checked = self.check(month, || Reader::of(&self.directory, month, &manifest)).await?;
        verified.rows += manifest.rows;
        let as_archived = checked.differences.is_empty();
        verified.differences.extend(checked.differences);
        if as_archived
            && checked.places.is_some_and(|places| places != (manifest.first_position, manifest.last_position))
        {
            verified.differences.push(differs("the manifest names other positions than those of the rows' events"));
        }
        for (host, id) in self.marked_without_line(month, &manifest).await? {
            verified
                .differences
                .push(differs(&format!("booking {id} of host {host} was archived, and is not in the file")));
        }
        Ok(())
    }

    /// The bookings that are marked as archived in this month and have no line in its file.
    async fn marked_without_line(&self, month: Month, manifest: &Manifest) -> Result<HashSet<Key>, ArchiveError> {
        let query = sqlx::query("SELECT id, host_id FROM read_models.archived_bookings WHERE month = $1");
        let rows = answer(query.bind(month.first_day()).fetch_all(&self.pool)).await?;
        let mut marked: HashSet<Key> =
            rows.iter().map(|row| (HostId(row.get("host_id")), BookingId(row.get("id")))).collect();
        let mut reader = Reader::of(&self.directory, month, manifest)?;
        loop {
            let lines = reader.next()?;
            if lines.is_empty() {
                return Ok(marked);
            }
            for line in lines {
                marked.remove(&line.key());
            }
        }
    }
}
