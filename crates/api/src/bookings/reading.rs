//! Bookings from the read model, never older than what this node has written itself.

use std::time::Duration;

use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::{BookingId, HostId};
use daybook_domain::personal::Personal;
use daybook_event_store::{HistoryRange, Order, Place};
use daybook_projections::bookings::BookingsProjection;
use moka::sync::Cache;

use super::booking::{BookingBody, Particulars};
use crate::problem::{Answer, Code, Problem};
use crate::state::Api;

/// How long a reader waits for the projector.
const PATIENCE: Duration = Duration::from_secs(2);
/// How far back in its calendar a booking is looked for that the read model has not met.
const RECENT: u32 = 500;

/// The last place in the log that this node has written to, by calendar: readers wait for it.
#[derive(Clone, Debug)]
pub struct OwnWrites(Cache<HostId, Place>);

impl Default for OwnWrites {
    fn default() -> Self {
        // A projector that is behind for longer is an outage, which its lag reports.
        Self(Cache::builder().time_to_live(Duration::from_secs(10)).build())
    }
}

impl OwnWrites {
    /// Takes note of a write.
    pub fn note(&self, host: HostId, place: Place) {
        self.0.insert(host, place);
    }

    /// The last write to a calendar.
    pub fn last(&self, host: HostId) -> Option<Place> {
        self.0.get(&host)
    }
}

impl Api {
    /// Waits until the bookings read model shows what this node has written to the calendar.
    pub async fn see_own_writes(&self, host: HostId) -> Answer<()> {
        let Some(place) = self.own_writes.last(host) else { return Ok(()) };
        if !self.read_models.caught_up::<BookingsProjection>(host, place, PATIENCE).await? {
            tracing::warn!(%host, %place, "answering from a bookings read model that is behind this node's own writes");
        }
        Ok(())
    }

    /// The booking: as the read model has it, or as the log does where the read model has not met it yet.
    pub async fn booking(&self, host: HostId, id: BookingId) -> Answer<BookingBody> {
        self.see_own_writes(host).await?;
        match self.read_models.booking(id).await? {
            Some(row) => Ok(BookingBody::from_row(row, self.clock.now())),
            None => self.booking_in_log(host, id).await,
        }
    }

    /// A booking that the read model has not met: its events are among the last of its calendar.
    async fn booking_in_log(&self, host: HostId, id: BookingId) -> Answer<BookingBody> {
        let calendar = self.store.calendar(host).await?;
        let booking = calendar.booking(id).ok_or_else(|| Problem::not_found("booking"))?;
        let range = HistoryRange { order: Order::NewestFirst, ..HistoryRange::default() };
        let mut events = self.history.events(host, range, RECENT).await?;
        let id = id.to_string();
        events.retain(|event| event.payload.get().contains(&id));
        let (mut asked, mut reason) = (None, None);
        for event in self.opened(&events).await? {
            match event {
                CalendarEvent::BookingRequested(request) => asked = Some(request),
                CalendarEvent::BookingCancelled(cancelled) => reason = cancelled.reason,
                CalendarEvent::BookingDeclined(declined) => reason = declined.reason,
                _ => {}
            }
        }
        let asked = asked.ok_or_else(|| {
            let detail = "the booking cannot be shown right now; please try again";
            Problem::new(Code::Unavailable, detail).retry_after(Duration::from_secs(1))
        })?;
        let particulars = Particulars {
            guest: asked.guest.get().cloned(),
            time_zone: asked.guest_time_zone.to_string(),
            cancellation_reason: reason.as_ref().and_then(Personal::get).map(ToString::to_string),
        };
        Ok(BookingBody::new(host, booking, particulars, self.clock.now()))
    }

    /// Whose calendars the booking is in: several of a collective meeting, none of one that there never was. Active bookings
    /// are found in the log itself, without waiting for a read model, and so are those that were called off before the read
    /// model has met them.
    pub async fn hosts_of_booking(&self, id: BookingId) -> Answer<Vec<HostId>> {
        let hosts = self.directory.hosts_of_active_booking(id).await?;
        if !hosts.is_empty() {
            return Ok(hosts);
        }
        if let Some(row) = self.read_models.booking(id).await? {
            return Ok(row.hosts.map_or_else(|| vec![row.host_id], |all| all.into_iter().map(HostId).collect()));
        }
        Ok(self.directory.hosts_of_recent_booking(id).await?)
    }
}
