//! The bookings that the log and the read model tell of. A collective one stands in the calendar of each of its hosts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::ledger::Expected;
use crate::support::log::Log;
use crate::support::times::written;
use crate::truth::Event;

/// Bookings by their id and the host in whose calendar they stand.
#[derive(Debug, PartialEq)]
pub(crate) struct Bookings(BTreeMap<(String, String), Expected>);

/// A row of the read model.
#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    host: String,
    meeting_type: String,
    hosts: Vec<String>,
    start_time: DateTime<Utc>,
    status: String,
    version: i64,
}

impl Bookings {
    /// Those that the log tells of.
    pub(crate) fn logged(events: &[Event]) -> Self {
        let mut bookings = BTreeMap::new();
        for event in events.iter().filter(|event| event.kind.starts_with("Booking")) {
            let key = (event.text("booking_id"), event.host.clone());
            if event.kind == "BookingRequested" {
                assert!(bookings.insert(key, requested(event)).is_none(), "asked for twice: {event:?}");
            } else {
                let booking = bookings.get_mut(&key).unwrap_or_else(|| panic!("never asked for: {event:?}"));
                follow(booking, event);
            }
        }
        Self(bookings)
    }

    /// Those that the read model tells of. Nobody was erased, so every guest's name can be read.
    pub(crate) async fn shown(log: &Log) -> Self {
        let query = "SELECT count(*) FROM read_models.bookings WHERE invitee_name IS DISTINCT FROM 'Ada Lovelace'";
        let unreadable: i64 = sqlx::query_scalar(query).fetch_one(&log.0).await.unwrap();
        assert_eq!(unreadable, 0, "guests whose key is lost");
        let query = "SELECT id::text, host_id::text AS host, meeting_type_id::text AS meeting_type,
                         coalesce(hosts, ARRAY[host_id])::text[] AS hosts, start_time, status, version::bigint
                     FROM read_models.bookings";
        let rows: Vec<Row> = sqlx::query_as(query).fetch_all(&log.0).await.unwrap();
        let mut bookings = BTreeMap::new();
        for Row { id, host, meeting_type, hosts, start_time, status, version } in rows {
            let (cancelled, version) = (status == "cancelled", version.cast_unsigned());
            let booking = Expected { meeting_type, hosts, start: written(start_time), cancelled, version };
            let other = bookings.insert((id, host), booking);
            assert!(other.is_none(), "a booking has two rows for one of its hosts: {other:?}");
        }
        Self(bookings)
    }

    /// The bookings by their id. Each stands in the calendars of all of its hosts and in no other, and in all of them alike.
    pub(crate) fn whole(&self) -> BTreeMap<String, Expected> {
        let (mut whole, mut calendars) = (BTreeMap::new(), BTreeMap::<&str, BTreeSet<&String>>::new());
        for ((id, host), booking) in &self.0 {
            let elsewhere: &Expected = whole.entry(id.clone()).or_insert_with(|| booking.clone());
            assert_eq!(booking, elsewhere, "{id} in the calendar of {host}");
            calendars.entry(id).or_default().insert(host);
        }
        for (id, booking) in &whole {
            assert_eq!(calendars[id.as_str()], booking.hosts.iter().collect(), "half-booked: {id}");
        }
        whole
    }

    /// Each holds its time in each calendar in which it stands, unless it was cancelled; and nothing else holds any.
    pub(crate) async fn assert_reserved(&self, log: &Log) {
        let query = "SELECT booking_id::text, host_id::text, lower(during) FROM reservations";
        let rows: Vec<(String, String, DateTime<Utc>)> = sqlx::query_as(query).fetch_all(&log.0).await.unwrap();
        let held: BTreeSet<_> = rows.into_iter().map(|(id, host, start)| (id, host, written(start))).collect();
        let active = self.0.iter().filter(|(_, booking)| !booking.cancelled);
        let due = active.map(|((id, host), booking)| (id.clone(), host.clone(), booking.start.clone())).collect();
        assert_eq!(held, due, "reservations, and active bookings");
    }
}

fn requested(event: &Event) -> Expected {
    let hosts = event.payload["hosts"].as_array();
    let hosts = hosts.map(|hosts| hosts.iter().map(|host| host.as_str().unwrap().to_owned()).collect());
    Expected {
        meeting_type: event.text("meeting_type_id"),
        hosts: hosts.unwrap_or_else(|| vec![event.host.clone()]),
        start: event.text("start"),
        cancelled: false,
        version: 1,
    }
}

fn follow(booking: &mut Expected, event: &Event) {
    assert!(!booking.cancelled, "changed after it was cancelled: {event:?}");
    match event.kind.as_str() {
        "BookingConfirmed" => {}
        "BookingRescheduled" => {
            assert_eq!(event.text("previous_start"), booking.start, "{event:?}");
            booking.start = event.text("start");
            booking.version += 1;
        }
        "BookingCancelled" => {
            booking.cancelled = true;
            booking.version += 1;
        }
        other => panic!("{other}"),
    }
}
