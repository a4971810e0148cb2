//! Fills the bookings read model.

use std::collections::HashMap;

use daybook_domain::calendar::event::CalendarEvent;
use daybook_event_store::{Codec, RecordedEvent};
use sqlx::PgConnection;

use super::booking::Booking;
use super::replay::{self, about_bookings};
use super::rows::{self, Key, Tracked};
use super::{archived, months};
use crate::database::DatabaseError;
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
        let mut bookings = rows::read(connection, ids.clone()).await?;
        let archived = archived::among(connection, ids).await?;
        for (recorded, (_, event)) in recorded.into_iter().zip(&events) {
            let Some(id) = event.booking_id() else { continue };
            let key = (recorded.host, id);
            if !bookings.contains_key(&key)
                && let Some(&seen) = archived.get(&key)
            {
                if recorded.version <= seen {
                    continue;
                }
                // Something happened to it after all: its row comes back, for the archive to take again.
                let booking = replay::as_of(connection, &self.codec, key, seen, recorded.place).await?;
                bookings.insert(key, Tracked::new(booking));
            }
            follow(&mut bookings, key, recorded, event)?;
        }
        rows::write(connection, bookings.into_values()).await?;
        Ok(())
    }

    async fn prepare(&self, connection: &mut PgConnection) -> Result<(), DatabaseError> {
        months::prepare_rebuild(connection).await
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
