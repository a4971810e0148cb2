//! A month's file against the log: each row as its events derive it.

use std::collections::{BTreeMap, HashMap, HashSet};

use daybook_domain::ids::{BookingId, HostId};
use daybook_event_store::Place;

use super::super::booking::Booking;
use super::super::months::Month;
use super::super::replay::replay;
use super::Archive;
use super::error::{ArchiveError, Difference};
use super::file::Reader;
use super::line::{Line, subjects};

/// Rows that are held in memory at a time.
const AT_ONCE: u64 = 20_000;
/// Differences named of one month.
const MOST_NAMED: usize = 100;

/// What a replay says of a file.
pub(super) struct Checked {
    /// The rows that differ, named.
    pub(super) differences: Vec<Difference>,
    /// The places of the first and of the last event about the rows.
    pub(super) places: Option<(Place, Place)>,
}

impl Archive {
    /// Reads a file to its end, which shows whether it is whole, and then replays the log beside it. `open` begins to read it.
    pub(super) async fn check(
        &self,
        month: Month,
        open: impl Fn() -> Result<Reader, ArchiveError>,
    ) -> Result<Checked, ArchiveError> {
        let mut rows_of = BTreeMap::<HostId, u64>::new();
        let mut reader = open()?;
        loop {
            let lines = reader.next()?;
            if lines.is_empty() {
                break;
            }
            for line in &lines {
                *rows_of.entry(line.key().0).or_default() += 1;
            }
        }
        let mut checked = Checked { differences: Vec::new(), places: None };
        let mut hosts = rows_of.into_iter().peekable();
        while hosts.peek().is_some() {
            let (mut these, mut rows) = (HashSet::new(), 0);
            while let Some((host, more)) = hosts.next_if(|(_, more)| rows == 0 || rows + more <= AT_ONCE) {
                these.insert(host);
                rows += more;
            }
            self.check_hosts(month, &these, &mut open()?, &mut checked).await?;
        }
        Ok(checked)
    }

    async fn check_hosts(
        &self,
        month: Month,
        hosts: &HashSet<HostId>,
        reader: &mut Reader,
        checked: &mut Checked,
    ) -> Result<(), ArchiveError> {
        let mut lines_of = HashMap::<HostId, Vec<Line>>::new();
        loop {
            let lines = reader.next()?;
            if lines.is_empty() {
                break;
            }
            for line in lines.into_iter().filter(|line| hosts.contains(&line.key().0)) {
                lines_of.entry(line.key().0).or_default().push(line);
            }
        }
        for (host, lines) in lines_of {
            let wanted: HashSet<BookingId> = lines.iter().map(|line| line.key().1).collect();
            let derived = replay(&self.history, &self.codec, host, &wanted).await?;
            let subjects = subjects(lines.iter().map(|line| &line.invitee_subject));
            let keys = self.codec.keys().for_opening(&subjects.iter().collect::<Vec<_>>()).await?;
            for line in lines {
                let id = line.key().1;
                let what = match (derived.get(&id), line.open(&keys)) {
                    (None, _) => Some("the log has no such booking".to_owned()),
                    (_, Err(_)) => Some("its personal data cannot be opened".to_owned()),
                    (Some(derived), Ok(row)) => {
                        let (first, last) = checked.places.unwrap_or((derived.first, derived.last));
                        checked.places = Some((first.min(derived.first), last.max(derived.last)));
                        if row.stream_version < derived.booking.stream_version {
                            Some("changed after it was archived; the next run takes it again".to_owned())
                        } else {
                            differing(&row, &derived.booking)
                        }
                    }
                };
                if let Some(what) = what.filter(|_| checked.differences.len() < MOST_NAMED) {
                    let what = format!("booking {id} of host {host}: {what}");
                    checked.differences.push(Difference { month, what });
                }
            }
        }
        Ok(())
    }
}

/// The columns in which a row is not what the log derives, if there are any.
fn differing(row: &Booking, derived: &Booking) -> Option<String> {
    macro_rules! columns {
        ($($column:ident),*) => { [$((stringify!($column), row.$column != derived.$column)),*] };
    }
    let columns = columns!(
        meeting_type_id,
        session_id,
        status,
        start_time,
        end_time,
        rescheduled_from,
        hold_until,
        no_show,
        series_id,
        team_id,
        hosts,
        invitee_subject,
        invitee_name,
        invitee_email,
        notes,
        guests,
        answers,
        invitee_time_zone,
        cancellation_reason,
        version,
        stream_version,
        created_at,
        updated_at
    );
    let named: Vec<&str> = columns.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
    (!named.is_empty()).then(|| format!("differs from the log in {}", named.join(", ")))
}
