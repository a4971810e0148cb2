//! What the program says about itself while it runs.

mod joined;
mod json;
mod otlp;

use anyhow::{Context, Result};
use clap::ValueEnum;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format::{JsonFields, debug_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};
use url::Url;

use json::JsonLines;
use otlp::Export;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What has begun, and is to be ended in order.
#[must_use]
pub struct Telemetry(Option<Export>);

impl Telemetry {
    /// Sends what still waits to be sent, for a few seconds at most.
    pub fn end(self) {
        if let Some(export) = self.0 {
            export.end();
        }
    }
}

/// Begins to log to standard error, so that standard output stays a command's own; and to send traces, if there is an OTLP
/// collector to send them to.
pub fn start(filter: &str, format: LogFormat, collector: Option<&Url>) -> Result<Telemetry> {
    let filter = EnvFilter::try_new(filter).context("--log must be a filter such as info or daybook_api=debug")?;
    let Some(collector) = collector else {
        // One filter for everything: what nobody wants to see costs a look at a number.
        Registry::default().with(filter).with(lines(format)).init();
        return Ok(Telemetry(None));
    };
    let export = Export::to(collector)?;
    Registry::default().with(lines(format).with_filter(filter)).with(export.layer()).init();
    Ok(Telemetry(Some(export)))
}

/// What writes lines.
fn lines<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Text => {
            // What is said to OpenTelemetry alone is left out.
            let fields = debug_fn(|out, field, value| match field.name() {
                "message" => write!(out, "{value:?}"),
                name if name.starts_with("otel.") => Ok(()),
                name => write!(out, "{name}={value:?}"),
            });
            lines.compact().with_target(false).fmt_fields(fields.delimited(" ")).boxed()
        }
        LogFormat::Json => lines.fmt_fields(JsonFields::new()).event_format(JsonLines).boxed(),
    }
}

#[cfg(test)]
mod tests {
    use tracing::level_filters::LevelFilter;

    use super::*;

    #[test]
    fn what_nobody_wants_to_see_is_not_even_looked_at() {
        start("info", LogFormat::Json, None).unwrap().end();
        assert_eq!(LevelFilter::current(), LevelFilter::INFO);
    }
}
