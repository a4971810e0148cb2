//! Traces for a collector, by OTLP over HTTP. They wait in a bounded queue, and a thread of its own sends them: nothing waits
//! for the collector, and what it does not take in time is dropped.

use std::time::Duration;

use anyhow::{Context, Result};
use opentelemetry::trace::TracerProvider;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{self, Filter, Layer};
use tracing_subscriber::registry::LookupSpan;
use url::Url;

use super::joined::{After, Before, CorrelatedIds};

/// Spans that may wait; more are dropped.
const WAITING: usize = 8_192;
/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long what still waits may take at the end.
const LAST: Duration = Duration::from_secs(3);

/// Where spans go.
pub struct Export(SdkTracerProvider);

impl Export {
    /// Sends spans to the collector at this URL: its root, or the whole path that it takes traces at.
    pub fn to(collector: &Url) -> Result<Self> {
        let mut endpoint = collector.clone();
        if endpoint.path() == "/" {
            endpoint.set_path("/v1/traces");
        }
        // It blocks, on the exporter's own thread.
        let client = reqwest::blocking::Client::builder().timeout(PATIENCE).build()?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .with_timeout(PATIENCE)
            .build()
            .context("--otlp-endpoint must be an http or https URL")?;
        let queue = BatchConfigBuilder::default().with_max_queue_size(WAITING).build();
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(queue).build())
            .with_id_generator(CorrelatedIds::default())
            .with_resource(Resource::builder().with_service_name("daybook").with_attribute(version).build())
            .build();
        global::set_tracer_provider(provider.clone());
        Ok(Self(provider))
    }

    /// Hears of spans, and of what is said within them.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let spans = tracing_opentelemetry::layer().with_tracer(self.0.tracer("daybook")).with_location(false);
        Before.and_then(spans.with_threads(false).with_tracked_inactivity(false)).and_then(After).with_filter(Ours)
    }

    /// Sends what still waits.
    pub fn end(self) {
        if let Err(error) = self.0.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// The hops of this program. What libraries do is their own affair, the exporter's above all.
///
/// Asked anew each time, which keeping [`Filter::callsite_enabled`] as it is sees to. Where filters of layers are asked once
/// and for all, `tracing::enabled!` (which sqlx uses too) leaves its answer behind for the next event, and that is lost.
struct Ours;

impl<S> Filter<S> for Ours {
    fn enabled(&self, metadata: &Metadata<'_>, _: &layer::Context<'_, S>) -> bool {
        let most = if metadata.is_span() { Level::DEBUG } else { Level::INFO };
        metadata.target().starts_with("daybook") && *metadata.level() <= most
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }
}
