//! Fills the availability read model.

use daybook_domain::calendar::event::CalendarEvent;
use daybook_event_store::RecordedEvent;
use sqlx::PgConnection;

use super::rows;
use crate::error::ProjectionError;
use crate::projection::Projection;

/// The projector of the availability read model.
#[derive(Clone, Copy, Debug, Default)]
pub struct AvailabilityProjection;

impl Projection for AvailabilityProjection {
    const NAME: &'static str = "availability";
    const TABLES: &'static [&'static str] = &["availability_hosts", "busy_times"];

    async fn project(&self, connection: &mut PgConnection, events: &[RecordedEvent]) -> Result<(), ProjectionError> {
        let events = decode(events)?;
        let hosts = events.iter().map(|(recorded, _)| recorded.host);
        let with_settings = events.iter().filter(|(_, event)| event.booking_id().is_none());
        let with_settings = with_settings.map(|(recorded, _)| recorded.host);
        let mut changes = rows::read(connection, hosts, with_settings).await?;
        for (recorded, event) in events {
            let RecordedEvent { host, version, place, .. } = *recorded;
            let change = changes.entry(host).or_default();
            if version > change.version + 1 {
                return Err(ProjectionError::Gap { host, known: change.version, found: version, place });
            }
            // What the row has seen already changes nothing.
            if version > change.version {
                change.follow(&event);
            }
        }
        rows::write(connection, changes).await?;
        Ok(())
    }
}

fn decode(events: &[RecordedEvent]) -> Result<Vec<(&RecordedEvent, CalendarEvent)>, ProjectionError> {
    let decode = |recorded: &'_ RecordedEvent| match recorded.decode() {
        Ok(event) => Ok(event),
        Err(source) => Err(ProjectionError::Unreadable { place: recorded.place, source }),
    };
    events.iter().map(|recorded| Ok((recorded, decode(recorded)?))).collect()
}
