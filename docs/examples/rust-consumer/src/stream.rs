//! Reading the stream from the checkpoint on.

use anyhow::{Error, anyhow};
use async_nats::jetstream;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use futures::StreamExt as _;
use serde::Deserialize;

use crate::output::Output;

const STREAM: &str = "DAYBOOK_ANALYTICS";

/// Why a reading ended.
pub(crate) enum Ended {
    /// Something is away; it will be back.
    Disturbed(Error),
    /// No later attempt would be better.
    For(Error),
}

/// What is of interest here of a CloudEvent; `docs/asyncapi.yaml` has the rest.
#[derive(Deserialize)]
struct CloudEvent {
    id: String,
}

/// Copies events until the reading ends.
pub(crate) async fn copy(jetstream: &jetstream::Context, output: &mut Output) -> Result<(), Ended> {
    let seen = output.checkpoint().clone();
    // From the last message on, to see that it still is what it was: a stream that was lost and filled again has the same
    // events under the same numbers, another deployment's has not.
    let deliver_policy = match seen.sequence {
        0 => DeliverPolicy::All,
        start_sequence => DeliverPolicy::ByStartSequence { start_sequence },
    };
    // Ordered: the client notices a gap and reads again from there.
    let config = OrderedConfig { deliver_policy, ..OrderedConfig::default() };
    let consumer = jetstream.create_consumer_on_stream(config, STREAM).await.map_err(disturbed)?;
    let mut messages = consumer.messages().await.map_err(disturbed)?;
    while let Some(message) = messages.next().await {
        let message = message.map_err(disturbed)?;
        let sequence = message.info().map_err(|error| Ended::For(anyhow!(error)))?.stream_sequence;
        let event: CloudEvent = serde_json::from_slice(&message.payload).map_err(|error| Ended::For(error.into()))?;
        let last = output.checkpoint();
        if sequence <= seen.sequence {
            if event.id != last.event_id {
                return Err(Ended::For(anyhow!("{STREAM} is not the stream that the checkpoint was written for")));
            }
        } else if last.sequence != 0 && sequence != last.sequence + 1 {
            let advice = "they are older than the stream keeps them; read them from /api/events/stream";
            return Err(Ended::For(anyhow!("events are missing before {sequence}: {advice}")));
        } else {
            output.append(sequence, event.id, &message.payload).map_err(Ended::For)?;
        }
    }
    Ok(())
}

fn disturbed(error: impl std::error::Error + Send + Sync + 'static) -> Ended {
    Ended::Disturbed(error.into())
}
