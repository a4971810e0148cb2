//! A booking as the log alone derives it, apart from any table.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::{BookingId, HostId};
use daybook_event_store::{Codec, History, HistoryRange, Place, RecordedEvent, events_of_booking};
use sqlx::PgConnection;
use uuid::Uuid;

use super::booking::Booking;
use super::rows::Key;
use crate::error::ProjectionError;

/// Events read at a time.
const PAGE: u32 = 1_000;

/// A booking as its events derive it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The row.
    pub booking: Booking,
    /// Where its first event stands.
    pub first: Place,
    /// Where its last one does.
    pub last: Place,
}

pub(super) type AboutBookings<'a> = (Vec<&'a RecordedEvent>, Vec<(Uuid, CalendarEvent)>);

/// The events about bookings, as they were recorded and as they read.
pub(super) fn about_bookings(events: &[RecordedEvent]) -> Result<AboutBookings<'_>, ProjectionError> {
    let (mut recorded, mut read) = (Vec::new(), Vec::new());
    for event in events {
        let source = |source| ProjectionError::Unreadable { place: event.place, source };
        let decoded = event.decode().map_err(source)?;
        // A team's stream says whose turn it was; the booking itself is in that host's.
        let of_a_team = matches!(decoded, CalendarEvent::HostAssigned(_) | CalendarEvent::AssignmentWithdrawn(_));
        if decoded.booking_id().is_some() && !of_a_team {
            recorded.push(event);
            read.push((event.id, decoded));
        }
    }
    Ok((recorded, read))
}

/// These bookings of a host, as far as there are any.
pub async fn replay(
    history: &History,
    codec: &Codec,
    host: HostId,
    wanted: &HashSet<BookingId, impl BuildHasher + Sync>,
) -> Result<HashMap<BookingId, Replayed>, ProjectionError> {
    let (mut found, mut after) = (HashMap::new(), 0);
    loop {
        let range = HistoryRange { after, ..HistoryRange::default() };
        let page = history.events(host, range, PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.version;
        let (recorded, events) = about_bookings(&page)?;
        let (recorded, mut events): (Vec<_>, Vec<_>) = recorded
            .into_iter()
            .zip(events)
            .filter(|(_, (_, event))| event.booking_id().is_some_and(|id| wanted.contains(&id)))
            .unzip();
        codec.open(&mut events).await?;
        for (recorded, (_, event)) in recorded.into_iter().zip(&events) {
            follow(&mut found, recorded, event);
        }
    }
}

/// A booking as it stood at a version of its calendar, for keeping: personal data is opened within the connection's
/// transaction. An error unless the log knows it.
pub(super) async fn as_of(
    connection: &mut PgConnection,
    codec: &Codec,
    (host, id): Key,
    version: u64,
    place: Place,
) -> Result<Booking, ProjectionError> {
    let recorded = events_of_booking(connection, host, id, version).await?;
    let (recorded, mut events) = about_bookings(&recorded)?;
    codec.open_for_keeping(connection, &mut events).await?;
    let mut found = HashMap::new();
    for (recorded, (_, event)) in recorded.into_iter().zip(&events) {
        follow(&mut found, recorded, event);
    }
    let replayed = found.remove(&id).ok_or(ProjectionError::UnknownBooking { booking: id, place })?;
    Ok(replayed.booking)
}

/// Follows an event. One of a booking that was never requested says nothing.
fn follow(found: &mut HashMap<BookingId, Replayed>, recorded: &RecordedEvent, event: &CalendarEvent) {
    let Some(id) = event.booking_id() else { return };
    match (found.get_mut(&id), event) {
        (Some(replayed), _) => {
            replayed.booking.follow(recorded.version, event);
            replayed.last = recorded.place;
        }
        (None, CalendarEvent::BookingRequested(request)) => {
            let booking = Booking::requested(recorded.host, recorded.version, request);
            found.insert(id, Replayed { booking, first: recorded.place, last: recorded.place });
        }
        (None, _) => {}
    }
}
