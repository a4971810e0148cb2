//! One stream, from its beginning until its consumer leaves, may not listen any more, or the node stops.

use std::time::Duration;

use bytes::Bytes;
use daybook_event_store::{RecordedEvent, Subscription};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::admission::Permit;
use super::frame;
use crate::auth::{Audience, View};
use crate::problem::{Answer, Code, Problem};
use crate::state::Api;

/// Between two signs of life.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long somebody may go on listening whose credential has ended.
const LOOK: Duration = Duration::from_secs(10);
/// How long a consumer may take nothing of what is sent.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two attempts while the database does not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// What a stream consists of. It ends when this is dropped.
pub(super) struct Delivery {
    pub(super) api: Api,
    pub(super) audience: Audience,
    pub(super) subscription: Subscription,
    pub(super) out: mpsc::Sender<Bytes>,
    pub(super) stopping: CancellationToken,
    pub(super) _permit: Permit,
}

/// The stream has ended.
struct Ended;

impl Delivery {
    /// Runs to the end of the stream.
    pub(super) async fn run(mut self) {
        // Whoever was let in hears where the stream begins, even if it ends with that.
        if self.send(frame::opening(self.subscription.place())).await.is_err() {
            return;
        }
        let stopping = self.stopping.clone();
        // Whichever way it ends, there is nobody left to tell.
        let _: Option<Ended> = stopping.run_until_cancelled(self.deliver()).await;
    }

    async fn deliver(&mut self) -> Ended {
        let every = |period| {
            let mut ticks = interval_at(Instant::now() + period, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        };
        let (mut heartbeats, mut looks) = (every(HEARTBEAT), every(LOOK));
        loop {
            let done = tokio::select! {
                () = self.out.closed() => Err(Ended),
                events = self.subscription.next() => match events {
                    Ok(events) => {
                        heartbeats.reset();
                        self.show(&events).await
                    }
                    Err(error) => paused(error.into()).await,
                },
                _ = looks.tick() => {
                    if self.audience.may_still_listen(&self.api).await { Ok(()) } else { Err(Ended) }
                }
                _ = heartbeats.tick() => self.send(frame::HEARTBEAT).await,
            };
            if let Err(ended) = done {
                return ended;
            }
        }
    }

    /// Sends events as their audience may see them.
    async fn show(&self, events: &[RecordedEvent]) -> Result<(), Ended> {
        loop {
            match self.framed(events).await {
                Ok(framed) => return self.send(framed).await,
                Err(problem) => paused(problem).await?,
            }
        }
    }

    async fn framed(&self, events: &[RecordedEvent]) -> Answer<Bytes> {
        let framed = match self.audience.view {
            View::Analytics => frame::without_personal_data(events),
            View::Calendar(_) | View::Everything => frame::readable(events, &self.api.opened(events).await?),
        };
        framed.map_err(|error| Problem::internal(&error))
    }

    /// Sends something as soon as the consumer has taken what was sent before.
    async fn send(&self, bytes: Bytes) -> Result<(), Ended> {
        match timeout(PATIENCE, self.out.send(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Ended),
        }
    }
}

/// Waits for what does not answer. An event that cannot be read ends the stream: it must not be skipped, and another node
/// may be of a version that knows it.
async fn paused(problem: Problem) -> Result<(), Ended> {
    if problem.code() != Code::Unavailable {
        return Err(Ended);
    }
    sleep(PAUSE).await;
    Ok(())
}
