//! Recomputes every decision of a calendar from its own log (E7).

use std::sync::Arc;

use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::calendar::{Calendars, HostCalendar, Violation};
use daybook_domain::ids::HostId;
use uuid::Uuid;

use crate::database::{DatabaseError, within_limit};
use crate::history::{History, HistoryRange};
use crate::place::Place;
use crate::recorded::RecordedEvent;
use crate::replay::LoadError;

/// Events read at a time.
const PAGE: u32 = 500;

/// An event that the rules would not have caused.
#[derive(Clone, Debug)]
pub struct Doubt {
    /// The event.
    pub event: RecordedEvent,
    /// What is wrong with it.
    pub violation: Violation,
}

impl History {
    /// Replays a calendar from its first event, without snapshots, and hands over every event that the rules would not have
    /// allowed at its time. Returns how many events there are.
    ///
    /// The other hosts of a collective meeting are replayed beside it, each once.
    pub async fn verify(&self, host: HostId, mut doubt: impl FnMut(Doubt)) -> Result<u64, LoadError> {
        let mut calendar = HostCalendar::default();
        let mut others = Calendars::new();
        loop {
            let range = HistoryRange { after: calendar.version(), ..HistoryRange::default() };
            let page = self.events(host, range, PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            for recorded in page {
                let event = read(host, &recorded, calendar.version())?;
                let hosts = co_hosts(&calendar, &event, host);
                let known = self.before_the_append(&hosts, recorded.place, &mut others).await?;
                if let Err(violation) = calendar.would_have_allowed(&event, &known) {
                    doubt(Doubt { event: recorded, violation });
                }
                calendar.evolve(&event);
            }
            if is_last {
                return Ok(calendar.version());
            }
        }
    }

    /// The calendars as they were before they were appended to at a place, brought there from where they were left.
    async fn before_the_append(
        &self,
        hosts: &[HostId],
        place: Place,
        kept: &mut Calendars,
    ) -> Result<Calendars, LoadError> {
        let mut known = Calendars::new();
        if hosts.is_empty() {
            return Ok(known);
        }
        for (host, version) in self.versions_before(hosts, place).await? {
            let calendar = kept.entry(host).or_default();
            if calendar.version() > version {
                // Only a damaged log goes back in time.
                *calendar = Arc::default();
            }
            while calendar.version() < version {
                let (after, before) = (calendar.version(), Some(version + 1));
                let range = HistoryRange { after, before, ..HistoryRange::default() };
                let page = self.events(host, range, PAGE).await?;
                if page.is_empty() {
                    return Err(LoadError::Missing { host, version: after + 1 });
                }
                for recorded in &page {
                    let event = read(host, recorded, calendar.version())?;
                    Arc::make_mut(calendar).evolve(&event);
                }
            }
            known.insert(host, Arc::clone(calendar));
        }
        Ok(known)
    }

    async fn versions_before(&self, hosts: &[HostId], place: Place) -> Result<Vec<(HostId, u64)>, DatabaseError> {
        let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
        let query = sqlx::query_as::<_, (Uuid, i64)>(
            "SELECT aggregate_id::uuid, min(sequence) - 1 FROM events
             WHERE transaction_id = $1::text::xid8 AND aggregate_type = 'calendar' AND aggregate_id = ANY($2)
             GROUP BY aggregate_id",
        );
        let query = query.bind(place.transaction_id.to_string()).bind(hosts);
        let rows = within_limit(query.fetch_all(self.pool())).await?;
        Ok(rows.into_iter().map(|(host, version)| (HostId(host), version.cast_unsigned())).collect())
    }
}

/// The next event of a calendar at a version.
fn read(host: HostId, recorded: &RecordedEvent, version: u64) -> Result<CalendarEvent, LoadError> {
    if recorded.version != version + 1 {
        return Err(LoadError::Missing { host, version: version + 1 });
    }
    recorded.decode().map_err(|source| LoadError::Unreadable { host, version: recorded.version, source })
}

/// The other hosts of the collective meeting that an event gives a time to.
fn co_hosts(calendar: &HostCalendar, event: &CalendarEvent, host: HostId) -> Vec<HostId> {
    let all: &[HostId] = match event {
        CalendarEvent::BookingRequested(e) => &e.hosts,
        CalendarEvent::BookingRescheduled(e) => calendar.booking(e.booking_id).map_or(&[], |booking| &booking.hosts),
        _ => &[],
    };
    all.iter().copied().filter(|other| *other != host).collect()
}
