//! The bookings that the log and the read model tell of. A collective one stands in the calendar of each of its hosts.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use chrono::{DateTime, Utc};
use daybook_black_box::log::Log;

use super::Event;
use crate::check::Acknowledged;
use crate::history::{Offered, Told};

/// Bookings by their id and the host in whose calendar they stand.
#[derive(Debug, PartialEq)]
pub struct Bookings(BTreeMap<(String, String), Told>);

/// A row of the read model.
#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    host: String,
    meeting_type: String,
    hosts: Vec<String>,
    start_time: DateTime<Utc>,
    end_time: DateTime<Utc>,
    status: String,
    version: i64,
}

impl Bookings {
    /// Those that the log tells of.
    pub(crate) fn logged(events: &[Event]) -> Result<Self> {
        let mut bookings = BTreeMap::new();
        for event in events.iter().filter(|event| event.kind.starts_with("Booking")) {
            let key = (event.text("booking_id")?, event.host.clone());
            if event.kind == "BookingRequested" {
                ensure!(bookings.insert(key, requested(event)?).is_none(), "asked for twice: {event:?}");
            } else {
                follow(bookings.get_mut(&key).with_context(|| format!("never asked for: {event:?}"))?, event)?;
            }
        }
        Ok(Self(bookings))
    }

    /// Those that the read model tells of. Nobody was erased, so every guest's name can be read.
    pub(crate) async fn shown(log: &Log) -> Result<Self> {
        let query = "SELECT count(*) FROM read_models.bookings WHERE invitee_name IS DISTINCT FROM 'Ada Lovelace'";
        let unreadable: i64 = sqlx::query_scalar(query).fetch_one(&log.0).await?;
        ensure!(unreadable == 0, "{unreadable} guests cannot be read: their keys are lost");
        let query = "SELECT id::text, host_id::text AS host, meeting_type_id::text AS meeting_type,
                         coalesce(hosts, ARRAY[host_id])::text[] AS hosts, start_time, end_time, status, version::bigint
                     FROM read_models.bookings";
        let rows: Vec<Row> = sqlx::query_as(query).fetch_all(&log.0).await?;
        let mut bookings = BTreeMap::new();
        for row in rows {
            let key = (row.id.clone(), row.host);
            let booking = Told {
                id: row.id,
                offer: row.meeting_type,
                hosts: row.hosts,
                start: row.start_time,
                end: row.end_time,
                cancelled: row.status == "cancelled",
                version: row.version.cast_unsigned(),
            };
            let other = bookings.insert(key, booking);
            ensure!(other.is_none(), "a booking has two rows for one of its hosts: {other:?}");
        }
        Ok(Self(bookings))
    }

    /// Each booking stands in the calendars of all of its hosts and in no other, and in all of them alike.
    pub(crate) fn must_be_whole(&self) -> Result<()> {
        let mut calendars = BTreeMap::<&str, BTreeSet<&String>>::new();
        for (id, host) in self.0.keys() {
            calendars.entry(id).or_default().insert(host);
        }
        for ((id, host), booking) in &self.0 {
            ensure!(calendars[id.as_str()] == booking.hosts.iter().collect(), "half-booked: {booking:?}");
            let organisers = &self.0[&(id.clone(), booking.hosts[0].clone())];
            ensure!(booking == organisers, "in the calendar of {host} {booking:?}, and elsewhere {organisers:?}");
        }
        Ok(())
    }

    /// No two active bookings of a host take place at the same time, unless they share a session, which has as many seats.
    pub(crate) fn must_not_overlap(&self, offers: &[Offered]) -> Result<()> {
        let seats: BTreeMap<&str, usize> = offers.iter().map(|offer| (offer.id.as_str(), offer.capacity)).collect();
        let mut sessions = BTreeMap::<&str, BTreeMap<_, usize>>::new();
        for ((_, host), booking) in self.0.iter().filter(|(_, booking)| !booking.cancelled) {
            let session = (booking.start, booking.end, booking.offer.as_str());
            *sessions.entry(host).or_default().entry(session).or_default() += 1;
        }
        for (host, sessions) in sessions {
            let mut busy: Option<(DateTime<Utc>, DateTime<Utc>, &str)> = None;
            for (session, guests) in sessions {
                let (start, end, offer) = session;
                let seats = seats.get(offer).copied().unwrap_or(1);
                ensure!(
                    guests <= seats,
                    "booked twice: {host} has {guests} guests for {seats} seats at {start}: {offer}"
                );
                if let Some(before) = busy.filter(|before| before.1 > start) {
                    bail!("booked twice: {host} has {before:?} and {session:?}");
                }
                busy = Some((start, end, offer));
            }
        }
        Ok(())
    }

    /// What is different here from what was acknowledged. What is in doubt may be here, too.
    pub(crate) fn differences_from(&self, acknowledged: &Acknowledged<'_>, has_doubts: bool) -> Vec<String> {
        let mut differences = Vec::new();
        let mut here: BTreeMap<&str, &Told> = BTreeMap::new();
        here.extend(self.0.iter().map(|((id, _), booking)| (id.as_str(), booking)));
        for (id, told) in acknowledged {
            match here.remove(id) {
                None => differences.push(format!("lost: {told:?}")),
                Some(booking) if booking != *told && !has_doubts => {
                    differences.push(format!("guests were told {told:?}, and the log says {booking:?}"));
                }
                Some(_) => {}
            }
        }
        if !has_doubts {
            differences.extend(here.values().map(|booking| format!("nobody was told of {booking:?}")));
        }
        differences
    }

    /// How many bookings there are, and how many of them are collective.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let organised = || self.0.iter().filter(|((_, host), booking)| booking.hosts.first() == Some(host));
        (organised().count(), organised().filter(|(_, booking)| booking.hosts.len() > 1).count())
    }

    /// Whether there is a booking of this id.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.0.keys().any(|(known, _)| known == id)
    }

    /// Each holds its time in each calendar in which it stands, unless it was cancelled; and nothing else holds any.
    pub(crate) async fn must_be_reserved(&self, log: &Log) -> Result<()> {
        let query = "SELECT booking_id::text, host_id::text, lower(during) FROM reservations";
        let rows: Vec<(String, String, DateTime<Utc>)> = sqlx::query_as(query).fetch_all(&log.0).await?;
        let held: BTreeSet<_> = rows.into_iter().collect();
        let active = self.0.iter().filter(|(_, booking)| !booking.cancelled);
        let due: BTreeSet<_> = active.map(|((id, host), booking)| (id.clone(), host.clone(), booking.start)).collect();
        let differing: Vec<_> = held.symmetric_difference(&due).take(3).collect();
        ensure!(differing.is_empty(), "reservations are not those of the active bookings: {differing:?}");
        Ok(())
    }
}

fn requested(event: &Event) -> Result<Told> {
    let hosts = event.payload["hosts"].as_array();
    let hosts = hosts.map(|hosts| hosts.iter().filter_map(|host| host.as_str().map(str::to_owned)).collect());
    Ok(Told {
        id: event.text("booking_id")?,
        offer: event.text("meeting_type_id")?,
        hosts: hosts.unwrap_or_else(|| vec![event.host.clone()]),
        start: event.instant("start")?,
        end: event.instant("end")?,
        cancelled: false,
        version: 1,
    })
}

fn follow(booking: &mut Told, event: &Event) -> Result<()> {
    ensure!(!booking.cancelled, "changed after it was cancelled: {event:?}");
    match event.kind.as_str() {
        "BookingConfirmed" => {}
        "BookingRescheduled" => {
            ensure!(event.instant("previous_start")? == booking.start, "moved from where it was not: {event:?}");
            (booking.start, booking.end) = (event.instant("start")?, event.instant("end")?);
            booking.version += 1;
        }
        "BookingCancelled" => {
            booking.cancelled = true;
            booking.version += 1;
        }
        other => bail!("{other} was not asked for: {event:?}"),
    }
    Ok(())
}
