//! Following the stream, for as long as it can be trusted.

use std::time::Duration;

use async_nats::jetstream;
use daybook_event_store::{Place, RecordedEvent, cloud_event};
use daybook_projections::{Projection, ProjectionError, ProjectionPartition};
use tokio::time::{Instant, sleep_until, timeout};

use super::{catch_up::Stopped, partition::Reader, seek};
use crate::{
    header,
    live::{Disturbance, From, LiveEvents, Wanted},
    subject,
};

/// How many events are written in one transaction at most.
const AT_ONCE: usize = 256;

/// From one step's beginning to the next one's, at least: under load, what arrives meanwhile shares a transaction. Whoever
/// comes after some quiet does not wait.
const BETWEEN_STEPS: Duration = Duration::from_millis(8);

/// How long the stream may take to begin. A cluster that has lost a server says nothing until it has a new leader, which
/// takes seconds; meanwhile the log has all of it.
const OPENING: Duration = Duration::from_secs(1);

/// After how much silence the log is looked into: the stream may have lost its store, or the relay its way.
const SILENCE: Duration = Duration::from_secs(1);

/// How old a reading must be to be begun again because the log knew more than it gave. A younger one is merely late.
const TRUSTED: Duration = Duration::from_secs(10);

/// Why the stream is not followed any more.
enum Left {
    Disturbed(Disturbance),
    /// Nobody has answered yet.
    Unopened,
    /// An event is missing before this one.
    Gap(Place),
    Unreadable(cloud_event::NotAnEvent),
    /// The events could not be projected. The log will say more.
    NotProjected(ProjectionError),
    /// The log has events that the stream did not give.
    Silent,
    Stopped(Stopped),
}

impl<P: Projection> Reader<'_, P> {
    /// Projects what the stream gives after this reader's place, until that is no longer certain to be everything.
    pub(super) async fn follow_stream(&mut self) -> Result<(), Stopped> {
        let opened = self.unless_stopped(timeout(OPENING, self.open())).await?;
        let left = match opened {
            Ok(Ok(events)) => self.follow(events).await,
            Ok(Err(disturbance)) => Left::Disturbed(disturbance),
            Err(_late) => Left::Unopened,
        };
        let (projection, partition) = (P::NAME, self.of.share.number());
        match left {
            Left::Stopped(stopped) => return Err(stopped),
            Left::NotProjected(ProjectionError::CheckpointMoved { .. }) => return Err(Stopped::CheckpointMoved),
            Left::NotProjected(error) => tracing::debug!(projection, partition, %error, "to the log: not projected"),
            Left::Disturbed(disturbance) => tracing::info!(projection, partition, %disturbance, "to the log"),
            Left::Unopened => tracing::info!(projection, partition, "to the log: the stream does not begin"),
            Left::Gap(place) => tracing::warn!(projection, partition, %place, "to the log: the stream has a gap"),
            Left::Unreadable(error) => tracing::error!(projection, partition, %error, "to the log: unreadable message"),
            Left::Silent => tracing::warn!(projection, partition, "to the log: the stream is behind"),
        }
        Ok(())
    }

    async fn open(&self) -> Result<LiveEvents, Disturbance> {
        let first = seek::first_after(self.of.nats.jetstream(), self.read_to).await.map_err(Disturbance::NotOpened)?;
        let wanted = Wanted {
            subjects: self.of.share.subject_partitions().map(subject::of_partition).collect(),
            from: From::Sequence(first),
            headers_only: false,
            description: format!("projection {}, partition {}", P::NAME, self.of.share.number()),
        };
        LiveEvents::open(&self.of.nats, wanted).await
    }

    async fn follow(&mut self, mut events: LiveEvents) -> Left {
        let opened = Instant::now();
        let mut not_before = opened;
        loop {
            let next = match self.unless_stopped(timeout(SILENCE, events.next())).await {
                Ok(next) => next,
                Err(stopped) => return Left::Stopped(stopped),
            };
            match next {
                Ok(Ok(first)) => {
                    if let Err(stopped) = self.unless_stopped(sleep_until(not_before)).await {
                        return Left::Stopped(stopped);
                    }
                    not_before = Instant::now() + BETWEEN_STEPS;
                    if let Err(left) = self.project_what_is_here(first, &mut events).await {
                        return left;
                    }
                }
                Ok(Err(disturbance)) => return Left::Disturbed(disturbance),
                Err(_silence) => match self.project_some_of_the_log().await {
                    Ok(projected) if projected.is_more || (projected.any && opened.elapsed() > TRUSTED) => {
                        return Left::Silent;
                    }
                    Ok(_) => self.of.watch.level(),
                    Err(stopped) => return Left::Stopped(stopped),
                },
            }
        }
    }

    /// Projects a message and those that have arrived behind it.
    async fn project_what_is_here(&mut self, first: jetstream::Message, events: &mut LiveEvents) -> Result<(), Left> {
        let mut batch = Vec::new();
        let mut message = first;
        let disturbed = loop {
            batch.extend(self.accepted(&message)?);
            if batch.len() == AT_ONCE {
                break None;
            }
            match events.next_if_here() {
                Some(Ok(next)) => message = next,
                Some(Err(disturbance)) => break Some(disturbance),
                None => break None,
            }
        };
        if let Some(last) = batch.last() {
            self.of.watch.behind();
            self.step(last.place, &batch).await.map_err(Left::NotProjected)?;
            self.of.watch.level();
        }
        disturbed.map_or(Ok(()), |disturbance| Err(Left::Disturbed(disturbance)))
    }

    /// The event of a message, unless it was projected before.
    fn accepted(&mut self, message: &jetstream::Message) -> Result<Option<RecordedEvent>, Left> {
        let Some(place) = message.headers.as_ref().and_then(header::place_of) else {
            tracing::error!(subject = %message.subject, "a message that the relay did not publish is ignored");
            return Ok(None);
        };
        // A stream that was filled again from the log gives old events once more.
        if place <= self.read_to {
            return Ok(None);
        }
        let event = cloud_event::decode(&message.payload).map_err(Left::Unreadable)?;
        if ProjectionPartition::of(event.host) != self.of.share {
            return Ok(None);
        }
        if !self.continuity.follows(&event) {
            return Err(Left::Gap(place));
        }
        Ok(Some(event))
    }
}
