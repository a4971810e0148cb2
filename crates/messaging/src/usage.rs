//! What JetStream holds of this deployment, and how far its readers are: sampled for operators.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::consumer::Info;
use futures::{StreamExt as _, TryStreamExt as _};
use prometheus::{IntGaugeVec, Opts, Registry};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::connect::Nats;
use crate::streams::StreamKind;

/// Between two samples.
const SAMPLE: Duration = Duration::from_secs(5);
/// After a sample that could not be taken: the streams may be made a moment later.
const AGAIN: Duration = Duration::from_secs(1);
/// Consumers of a stream that are looked at, at most.
const MOST_CONSUMERS: usize = 1_000;

/// What the streams hold and their readers still have before them. Cloning shares it.
#[derive(Clone, Debug)]
pub struct UsageMetrics {
    messages: IntGaugeVec,
    bytes: IntGaugeVec,
    limit: IntGaugeVec,
    backlog: IntGaugeVec,
}

impl UsageMetrics {
    /// Registers the gauges, once per registry.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauges = |name: &str, help: &str, labels: &[&str]| {
            let gauges = IntGaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(gauges.clone()))?;
            Ok::<_, prometheus::Error>(gauges)
        };
        Ok(Self {
            messages: gauges("daybook_stream_messages", "Messages in a JetStream stream", &["stream"])?,
            bytes: gauges("daybook_stream_bytes", "Bytes that a JetStream stream holds", &["stream"])?,
            limit: gauges(
                "daybook_stream_limit_bytes",
                "Bytes at which a stream drops its oldest messages",
                &["stream"],
            )?,
            backlog: gauges(
                "daybook_consumer_backlog_messages",
                "Messages that the consumers of a stream have not been given yet, those of the same kind together",
                &["stream", "consumer"],
            )?,
        })
    }

    /// Takes samples until it is stopped.
    pub async fn watch(self, nats: Nats, stop: CancellationToken) {
        let sampling = async {
            loop {
                let pause = match self.sample(&nats).await {
                    Ok(()) => SAMPLE,
                    Err(error) => {
                        tracing::debug!(%error, "JetStream cannot be measured");
                        AGAIN
                    }
                };
                sleep(pause).await;
            }
        };
        stop.run_until_cancelled(sampling).await;
    }

    async fn sample(&self, nats: &Nats) -> Result<(), async_nats::Error> {
        let mut backlogs = BTreeMap::new();
        for kind in StreamKind::ALL {
            let stream = nats.jetstream().get_stream(kind.name()).await?;
            let info = stream.cached_info();
            let set = |gauges: &IntGaugeVec, value| gauges.with_label_values(&[kind.name()]).set(value);
            set(&self.messages, info.state.messages.cast_signed());
            set(&self.bytes, info.state.bytes.cast_signed());
            set(&self.limit, info.config.max_bytes);
            let consumers: Vec<Info> = stream.consumers().take(MOST_CONSUMERS).try_collect().await?;
            for consumer in consumers {
                *backlogs.entry((kind.name(), reader(kind, &consumer))).or_default() += consumer.num_pending;
            }
        }
        // Consumers that are gone wait for nothing any more.
        self.backlog.reset();
        for ((stream, consumer), pending) in backlogs {
            self.backlog.with_label_values(&[stream, &consumer]).set(u64::cast_signed(pending));
        }
        Ok(())
    }
}

/// What a consumer is for. Those of the service say so themselves, before a comma; what others call theirs is not repeated.
fn reader(kind: StreamKind, consumer: &Info) -> String {
    let description = consumer.config.description.as_deref().unwrap_or_default();
    match (kind, description.split(',').next()) {
        (StreamKind::Events, Some(purpose)) if !purpose.is_empty() => purpose.to_owned(),
        (StreamKind::Events, _) => "other".to_owned(),
        (StreamKind::Analytics, _) => "analysts".to_owned(),
    }
}
