//! The connection to NATS.

use std::{io, sync::Arc, time::Duration};

use async_nats::{
    Client, ConnectOptions, Event, ServerAddr,
    connection::State,
    jetstream::{self, context::ContextBuilder},
};
use percent_encoding::percent_decode_str;
use tokio::sync::watch;

/// The oldest server that honours every setting Daybook asks for; older ones drop some without a word.
pub const MINIMUM_SERVER: (u64, u64) = (2, 10);

/// How long one attempt to connect may take, log-in included.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// How long an answer of JetStream may take before the request counts as lost.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);

/// A connection that went silent is noticed after two of these.
const PING_INTERVAL: Duration = Duration::from_secs(5);

/// How long to wait before the next attempt to reach a server: soon at first, never long.
fn reconnect_delay(attempt: usize) -> Duration {
    const FIRST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(2);
    FIRST.saturating_mul(1 << attempt.min(6)).min(LONGEST)
}

/// `nats.conf` lets nobody but the program listen under this prefix: answers to it are not for others.
const INBOX_PREFIX: &str = "_DAYBOOK_INBOX";

/// More publishes in flight than any window of ours, so that the client never holds one back.
const MOST_UNACKNOWLEDGED: usize = 8_192;

/// A connection to NATS that keeps itself up, and counts how often it had to.
#[derive(Clone, Debug)]
pub struct Nats {
    client: Client,
    jetstream: jetstream::Context,
    connections: watch::Receiver<u64>,
}

/// Why there is no connection to NATS.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is not one of a NATS server.
    #[error("NATS_URL is not understood: {0}")]
    Url(io::Error),
    /// The URLs of one cluster carry different log-ins.
    #[error("NATS_URL names several servers with different log-ins; a cluster has one")]
    SeveralLogIns,
    /// No server answered, or it refused the log-in.
    #[error("NATS cannot be reached: {0}")]
    Unreachable(#[from] async_nats::ConnectError),
    /// The server is too old.
    #[error(
        "nats-server is {found}, but Daybook needs {}.{} or newer: older ones ignore some of its settings without a word",
        MINIMUM_SERVER.0, MINIMUM_SERVER.1
    )]
    TooOld {
        /// What the server says it is.
        found: String,
    },
    /// JetStream does not answer.
    #[error("nats-server has no JetStream for this user (start it with the nats.conf of Daybook): {0}")]
    NoJetStream(jetstream::context::AccountError),
}

impl Nats {
    /// Connects to a server, or to one of several given with commas between; the log-in is the URL's user and password.
    ///
    /// `name` is what the server shows for this connection. Once connected, the connection is restored for ever.
    pub async fn connect(url: &str, name: &str) -> Result<Self, ConnectError> {
        let servers = url.split(',').map(|one| one.trim().parse()).collect::<Result<Vec<ServerAddr>, _>>();
        let servers = servers.map_err(ConnectError::Url)?;
        let (count, connections) = watch::channel(0_u64);
        let count = Arc::new(count);
        let options = ConnectOptions::new()
            .name(name)
            .connection_timeout(CONNECT_LIMIT)
            .request_timeout(Some(REQUEST_LIMIT))
            .ping_interval(PING_INTERVAL)
            .custom_inbox_prefix(INBOX_PREFIX)
            .reconnect_delay_callback(reconnect_delay)
            .event_callback(move |event| {
                note(&event, &count);
                std::future::ready(())
            });
        let options = match log_in(&servers)? {
            Some((user, password)) => options.user_and_password(user, password),
            None => options,
        };
        let client = options.connect(servers).await?;
        // The client tells of its first connection a moment later; nobody shall take that for a second one.
        let mut first = connections.clone();
        let _ = tokio::time::timeout(CONNECT_LIMIT, first.wait_for(|count| *count > 0)).await;
        must_be_recent(&client.server_info().version)?;
        let jetstream =
            ContextBuilder::new().timeout(REQUEST_LIMIT).max_ack_inflight(MOST_UNACKNOWLEDGED).build(client.clone());
        jetstream.query_account().await.map_err(ConnectError::NoJetStream)?;
        Ok(Self { client, jetstream, connections })
    }

    /// Whether JetStream answers now; at once when the connection is known to be down.
    pub async fn is_reachable(&self) -> bool {
        self.client.connection_state() == State::Connected && self.jetstream.query_account().await.is_ok()
    }

    /// The version that the server gives.
    pub fn server_version(&self) -> String {
        self.client.server_info().version
    }

    /// The client underneath.
    pub fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    /// Changes whenever a connection was made: whatever was under way on the one before may be lost.
    pub(crate) fn connections(&self) -> watch::Receiver<u64> {
        let mut connections = self.connections.clone();
        connections.mark_unchanged();
        connections
    }
}

fn note(event: &Event, count: &watch::Sender<u64>) {
    match event {
        Event::Connected => {
            tracing::info!("connected to NATS");
            count.send_modify(|count| *count += 1);
        }
        Event::Disconnected => tracing::warn!("the connection to NATS is lost; trying again"),
        // A publish that nats.conf forbids is told here and nowhere else.
        Event::ServerError(error) => tracing::error!(%error, "NATS refuses something"),
        Event::ClientError(error) => tracing::warn!(%error, "NATS client"),
        Event::SlowConsumer(subscription) => {
            tracing::warn!(subscription, "NATS messages were dropped: reading too slowly");
        }
        Event::LameDuckMode | Event::Draining | Event::Closed => tracing::info!(%event, "NATS"),
    }
}

/// The user and password that the URLs carry; the client does not look for them there.
fn log_in(servers: &[ServerAddr]) -> Result<Option<(String, String)>, ConnectError> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut found = None;
    for server in servers {
        let Some(user) = server.username() else { continue };
        let log_in = (decoded(user), decoded(server.password().unwrap_or_default()));
        if found.get_or_insert_with(|| log_in.clone()) != &log_in {
            return Err(ConnectError::SeveralLogIns);
        }
    }
    Ok(found)
}

fn must_be_recent(version: &str) -> Result<(), ConnectError> {
    let mut numbers = version.split('.').map(|part| part.parse::<u64>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < MINIMUM_SERVER { Err(ConnectError::TooOld { found: version.to_owned() }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_debian_12_is_too_old() {
        let refusal = must_be_recent("2.9.10").unwrap_err().to_string();
        assert!(refusal.contains("2.9.10") && refusal.contains("2.10"), "{refusal}");
        assert!(must_be_recent("2.10.0").is_ok());
        assert!(must_be_recent("2.15.1").is_ok());
        assert!(must_be_recent("3.0.0-beta").is_ok());
        assert!(must_be_recent("unknown").is_err());
    }

    #[test]
    fn the_log_in_is_read_from_the_url() {
        let servers = ["nats://service:p%40ss@one:4222".parse().unwrap(), "nats://two".parse().unwrap()];
        assert_eq!(log_in(&servers).unwrap(), Some(("service".to_owned(), "p@ss".to_owned())));
        assert_eq!(log_in(&["nats://two:4222".parse().unwrap()]).unwrap(), None);
    }

    #[test]
    fn one_cluster_has_one_log_in() {
        let servers = ["nats://a:x@one".parse().unwrap(), "nats://b:y@two".parse().unwrap()];
        assert!(matches!(log_in(&servers), Err(ConnectError::SeveralLogIns)));
    }

    #[test]
    fn the_next_attempt_is_soon_at_first_and_never_late() {
        assert_eq!(reconnect_delay(0), Duration::from_millis(50));
        assert_eq!(reconnect_delay(1000), Duration::from_secs(2));
    }
}
