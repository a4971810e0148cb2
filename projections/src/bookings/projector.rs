//! Fills the bookings read model.

use std::collections::HashMap;

use daybook_domain::calendar::event::CalendarEvent;
use daybook_event_store::{Codec, RecordedEvent};
use sqlx::PgConnection;
use uuid::Uuid;

use super::booking::Booking;
use super::rows::{self, Key, Tracked};
use crate::error::ProjectionError;
use crate::projection::Projection;

/// The projector of the bookings read model. Opens personal data, all of a batch at once.
#[derive(Clone)]
pub struct BookingsProjection {
    codec: Codec,
}

impl BookingsProjection {
    /// A projector that opens personal data with this codec.
    pub const fn new(codec: Codec) -> Self {
        Self { codec }
    }
}

impl Projection for BookingsProjection {
    const NAME: &'static str = "bookings";
    const TABLES: &'static [&'static str] = &["bookings"];

    async fn project(&self, connection: &mut PgConnection, events: &[RecordedEvent]) -> Result<(), ProjectionError> {
        let (recorded, mut events) = about_bookings(events)?;
        if events.is_empty() {
            return Ok(());
        }
        // Before the rows are read: until we have written them again, nobody is erased from them.
        self.codec.open_for_keeping(connection, &mut events).await?;
        let ids = events.iter().filter_map(|(_, event)| event.booking_id());
        let mut bookings = rows::read(connection, ids).await?;
        for (recorded, (_, event)) in recorded.into_iter().zip(&events) {
            if let Some(id) = event.booking_id() {
                follow(&mut bookings, (recorded.host, id), recorded, event)?;
            }
        }
        rows::write(connection, bookings.into_values()).await?;
        Ok(())
    }
}

/// Brings a booking up to its next event. What its row has seen already changes nothing.
fn follow(
    bookings: &mut HashMap<Key, Tracked>,
    key: Key,
    recorded: &RecordedEvent,
    event: &CalendarEvent,
) -> Result<(), ProjectionError> {
    let version = recorded.version;
    match (bookings.get_mut(&key), event) {
        (Some(tracked), _) => tracked.follow(version, event),
        (None, CalendarEvent::BookingRequested(request)) => {
            bookings.insert(key, Tracked::new(Booking::requested(recorded.host, version, request)));
        }
        (None, _) => return Err(ProjectionError::UnknownBooking { booking: key.1, place: recorded.place }),
    }
    Ok(())
}

type AboutBookings<'a> = (Vec<&'a RecordedEvent>, Vec<(Uuid, CalendarEvent)>);

/// The events about bookings, as they were recorded and as they read.
fn about_bookings(events: &[RecordedEvent]) -> Result<AboutBookings<'_>, ProjectionError> {
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
