//! Makes the streams, changes settings that differ, and refuses a server that dropped one.

use std::fmt::Debug;

use async_nats::jetstream::{
    self, ErrorCode,
    context::{CreateStreamError, GetStreamError, GetStreamErrorKind},
    stream::{Config, Info},
};

use super::settings::{StreamKind, StreamOptions};
use crate::connect::Nats;

/// Why a stream is not as it must be.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// It could not be looked at.
    #[error("stream {stream} cannot be read: {source}")]
    Look {
        /// Which stream.
        stream: &'static str,
        /// What JetStream said.
        source: GetStreamError,
    },
    /// It could not be made, or its settings not be changed.
    #[error("stream {stream} cannot be made or changed: {source}")]
    Change {
        /// Which stream.
        stream: &'static str,
        /// What JetStream said.
        source: CreateStreamError,
    },
    /// The server took the settings and did not keep one: it is too old, or too small.
    #[error("stream {stream}: asked for {setting} = {wanted}, but the server keeps {kept}")]
    Dropped {
        /// Which stream.
        stream: &'static str,
        /// Which setting.
        setting: &'static str,
        /// What was asked for.
        wanted: String,
        /// What it is.
        kept: String,
    },
}

/// Makes both streams, or brings existing ones to today's settings.
///
/// The relay does so too whenever it starts or heals; this is for a program that wants to know at its start.
pub async fn ensure_streams(nats: &Nats, options: StreamOptions) -> Result<(), StreamError> {
    for kind in StreamKind::ALL {
        ensure(nats.jetstream(), kind, options).await?;
    }
    Ok(())
}

/// Makes a stream or brings it to today's settings, and says what it holds.
pub(crate) async fn ensure(
    jetstream: &jetstream::Context,
    kind: StreamKind,
    options: StreamOptions,
) -> Result<Info, StreamError> {
    let stream = kind.name();
    let wanted = kind.config(options);
    let change = |source| StreamError::Change { stream, source };
    let info = match jetstream.get_stream(stream).await {
        Ok(found) => {
            let found = found.cached_info().clone();
            if differences(&wanted, &found.config).is_empty() {
                found
            } else {
                tracing::info!(stream, "changing the stream's settings");
                jetstream.update_stream(overlaid(&wanted, &found.config)).await.map_err(change)?
            }
        }
        Err(error) if is_missing(&error) => {
            tracing::info!(stream, "making the stream");
            jetstream.create_stream(wanted.clone()).await.map_err(change)?.cached_info().clone()
        }
        Err(source) => return Err(StreamError::Look { stream, source }),
    };
    match differences(&wanted, &info.config).into_iter().next() {
        None => Ok(info),
        Some((setting, wanted, kept)) => Err(StreamError::Dropped { stream, setting, wanted, kept }),
    }
}

/// Whether an error says that the stream does not exist.
pub(crate) fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

/// The settings of ours that differ: name, wanted, found. Servers add settings of their own, which are not ours to judge.
fn differences(wanted: &Config, found: &Config) -> Vec<(&'static str, String, String)> {
    let mut differing = Vec::new();
    macro_rules! compare {
        ($($setting:ident),* $(,)?) => {
            $(if wanted.$setting != found.$setting {
                differing.push((stringify!($setting), shown(&wanted.$setting), shown(&found.$setting)));
            })*
        };
    }
    compare!(
        description,
        subjects,
        storage,
        num_replicas,
        retention,
        discard,
        max_age,
        max_bytes,
        max_messages,
        max_messages_per_subject,
        max_consumers,
        duplicate_window,
        deny_delete,
        deny_purge,
        allow_direct,
    );
    differing
}

fn shown(value: &impl Debug) -> String {
    format!("{value:?}")
}

/// An existing stream's configuration with our settings: what a server or an operator added stays.
fn overlaid(wanted: &Config, found: &Config) -> Config {
    Config {
        metadata: found.metadata.clone(),
        placement: found.placement.clone(),
        compression: found.compression.clone(),
        consumer_limits: found.consumer_limits.clone(),
        ..wanted.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_the_server_dropped_is_named() {
        let wanted = StreamKind::Events.config(StreamOptions::default());
        let mut kept = wanted.clone();
        // Of the server's own making, and so none of our business.
        kept.metadata.insert("_nats.ver".into(), "2.15.1".into());
        assert!(differences(&wanted, &kept).is_empty());
        kept.deny_purge = false;
        kept.num_replicas = 3;
        let names: Vec<_> = differences(&wanted, &kept).into_iter().map(|(setting, ..)| setting).collect();
        assert_eq!(names, ["num_replicas", "deny_purge"]);
    }

    #[test]
    fn what_an_operator_added_to_a_stream_stays() {
        let wanted = StreamKind::Analytics.config(StreamOptions { replicas: 3 });
        let mut found = StreamKind::Analytics.config(StreamOptions::default());
        found.metadata.insert("owner".into(), "operations".into());
        found.max_messages = 7;
        let changed = overlaid(&wanted, &found);
        assert_eq!(changed.metadata, found.metadata);
        assert!(differences(&wanted, &changed).is_empty());
    }
}
