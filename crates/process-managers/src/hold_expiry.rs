//! Gives up the times of bookings that their hosts have not answered (B3).
//!
//! What is due stands in the bookings read model, so a restart forgets nothing. Whether a hold has run out is for the calendar
//! to decide: one that was confirmed a moment ago stays confirmed.

use std::time::Duration;

use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::time::Instant;
use daybook_event_store::{CalendarStore, Metadata};
use daybook_projections::ReadModels;
use daybook_projections::bookings::Hold;
use futures::{StreamExt, stream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Holds looked at in one round.
const ROUND: u16 = 500;
/// Commands under way at once.
const AT_ONCE: usize = 16;
/// The longest pause: a hold that was made meanwhile is not due before.
const LOOK: Duration = Duration::from_millis(500);
/// The shortest one: the read model has to see what a round did.
const BREATH: Duration = Duration::from_millis(100);

/// Gives up the times of bookings that their hosts have not answered.
pub struct HoldExpiry<C> {
    store: CalendarStore,
    read_models: ReadModels,
    clock: C,
}

impl<C: Fn() -> Instant> HoldExpiry<C> {
    /// Looks for holds in the read models and gives commands to the store.
    pub const fn new(store: CalendarStore, read_models: ReadModels, clock: C) -> Self {
        Self { store, read_models, clock }
    }

    /// Runs until it is stopped. Several at once do no harm, only the same work.
    pub async fn run(&self, stop: &CancellationToken) {
        while stop.run_until_cancelled(self.round()).await.is_some() {}
    }

    /// Gives up what is due, and waits for what is due next.
    async fn round(&self) {
        let holds = match self.read_models.next_holds(ROUND).await {
            Ok(holds) => holds,
            Err(error) => {
                tracing::warn!(%error, "cannot look for holds that have run out");
                return sleep(LOOK).await;
            }
        };
        let now = (self.clock)();
        let due = holds.partition_point(|hold| hold.until <= now);
        stream::iter(&holds[..due]).for_each_concurrent(AT_ONCE, |hold| self.expire(hold)).await;
        let next = holds.get(due).and_then(|hold| (hold.until - (self.clock)()).to_std().ok());
        sleep(next.unwrap_or(if due == holds.len() { LOOK } else { BREATH }).clamp(BREATH, LOOK)).await;
    }

    async fn expire(&self, hold: &Hold) {
        let metadata = self.metadata(hold).await;
        let span = tracing::info_span!("hold_expiry", correlation_id = metadata.correlation_id, host = %hold.host);
        self.give_up(hold, metadata).instrument(span).await;
    }

    /// What follows from a booking belongs to the request that made it. Without an answer to which that was, time goes on.
    async fn metadata(&self, hold: &Hold) -> Metadata {
        let (request, correlation) = match self.store.directory().origin_of_booking(hold.host, hold.booking).await {
            Ok(origin) => origin.unzip(),
            Err(error) => {
                tracing::warn!(host = %hold.host, booking = %hold.booking, %error, "the origin of a hold cannot be read");
                (None, None)
            }
        };
        Metadata {
            actor: "system:hold_expiry".to_owned(),
            correlation_id: correlation
                .flatten()
                .filter(|id| !id.is_empty())
                .unwrap_or_else(|| hold.booking.to_string()),
            causation_id: request.map(|event| event.to_string()),
            ..Metadata::default()
        }
    }

    async fn give_up(&self, hold: &Hold, metadata: Metadata) {
        let command = CalendarCommand::ExpireBooking { booking_id: hold.booking };
        match self.store.execute(hold.host, command, (self.clock)(), metadata).await {
            Ok(done) if done.events.is_empty() => {}
            Ok(_) => {
                fail::fail_point!("hold-expiry-after-command", |_| std::process::abort());
                tracing::info!(booking = %hold.booking, "a hold has run out");
            }
            Err(error) => tracing::warn!(booking = %hold.booking, %error, "a hold could not be given up yet"),
        }
    }
}
