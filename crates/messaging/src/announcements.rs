//! Tells this node of every published event, so that it can drop what its caches hold of the calendar (V8).

use std::time::Duration;

use async_nats::jetstream;
use daybook_domain::ids::HostId;
use daybook_event_store::Place;
use tokio_util::sync::CancellationToken;

use crate::{
    backoff::Backoff,
    connect::Nats,
    header,
    live::{Disturbance, From, LiveEvents, Wanted},
    subject,
};

/// What a node hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// Something happened to a calendar.
    Event(EventAnnounced),
    /// Events may have gone unheard, of any calendar. Comes once listening has begun, after every disturbance, and again
    /// and again while nothing can be heard at all.
    Missed,
}

/// An event, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventAnnounced {
    /// Whose calendar.
    pub host: HostId,
    /// The version that the calendar has reached.
    pub version: u64,
    /// What happened.
    pub event_type: String,
    /// Where the event stands in the log.
    pub place: Place,
}

/// Attempts that may fail at first without a warning: on the first start of all, the relay is just making the stream.
const PATIENCE: u32 = 10;

/// Calls `hear` for every event that is published from now on, until cancelled.
///
/// `hear` must not block: what it does holds up the next announcement.
pub async fn listen(nats: Nats, mut hear: impl FnMut(Announcement) + Send, cancel: CancellationToken) {
    let mut pause = Backoff::between(Duration::from_millis(50), Duration::from_secs(1));
    let listening = async {
        let mut patience = PATIENCE;
        loop {
            let disturbance = match open(&nats).await {
                Ok(events) => {
                    pause.reset();
                    patience = 0;
                    hear_all(events, &mut hear).await
                }
                Err(disturbance) => disturbance,
            };
            if patience == 0 {
                tracing::warn!(%disturbance, "announcements may have been missed");
            } else {
                tracing::debug!(%disturbance, "announcements cannot be heard yet");
            }
            patience = patience.saturating_sub(1);
            hear(Announcement::Missed);
            pause.wait().await;
        }
    };
    cancel.run_until_cancelled(listening).await;
}

async fn open(nats: &Nats) -> Result<LiveEvents, Disturbance> {
    let wanted = Wanted {
        subjects: vec![subject::ALL_EVENTS.to_owned()],
        from: From::Now,
        headers_only: true,
        description: "announcements, to a node's caches".to_owned(),
    };
    LiveEvents::open(nats, wanted).await
}

/// Hears until something disturbs it.
async fn hear_all(mut events: LiveEvents, hear: &mut impl FnMut(Announcement)) -> Disturbance {
    // Only now is nothing missed any more; before, anything may have been.
    hear(Announcement::Missed);
    loop {
        match events.next().await {
            // What cannot be read may have been about any calendar.
            Ok(message) => {
                fail::fail_point!("announcement-before-cache", |_| std::process::abort());
                hear(announced(&message).map_or(Announcement::Missed, Announcement::Event));
            }
            Err(disturbance) => return disturbance,
        }
    }
}

fn announced(message: &jetstream::Message) -> Option<EventAnnounced> {
    let (host, event_type) = subject::parse(&message.subject)?;
    let headers = message.headers.as_ref()?;
    let version = headers.get(header::VERSION)?.as_str().parse().ok()?;
    Some(EventAnnounced { host, version, event_type: event_type.to_owned(), place: header::place_of(headers)? })
}
