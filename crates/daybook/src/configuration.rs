//! Settings that several commands share. Every flag has an environment variable.

use std::ffi::OsStr;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, ValueEnum};
use daybook_api::middleware::limits::TrustedProxies;
use daybook_event_store::{MasterKeys, with_pulse};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// How large the database may become where nobody has said, in GB.
pub const DATABASE_SPACE_GB: u64 = 100;

/// The application's database.
#[derive(Clone, Debug, Args)]
pub struct DatabaseArgs {
    /// The database, as the application's role (never as the owner of the log).
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
    /// Connections that requests share, at most; what a node does for itself has its own.
    #[arg(long, env = "DAYBOOK_DATABASE_CONNECTIONS", default_value_t = 16)]
    pub database_connections: u32,
}

impl DatabaseArgs {
    /// Connects as the application.
    pub async fn connect(&self) -> Result<PgPool> {
        let options: PgConnectOptions = self.database_url.parse().context("DATABASE_URL must be a PostgreSQL URL")?;
        // Whatever the program itself forgets to bound, the server does; and a transaction left open would stall the feed.
        // Statements are planned once and kept; one that was planned while its table was small would go on reading all of it
        // when it has grown. Every one of ours has its index.
        let options = options.application_name("daybook").options([
            ("statement_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("enable_seqscan", "off"),
            // A node that is cut off without a word must not keep its locks: the server looks whether it is still there.
            ("tcp_keepalives_idle", "3"),
            ("tcp_keepalives_interval", "2"),
            ("tcp_keepalives_count", "3"),
            ("tcp_user_timeout", "10s"),
        ]);
        with_pulse(PgPoolOptions::new())
            .max_connections(self.database_connections)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options)
            .await
            .context("cannot connect to the database at DATABASE_URL")
    }
}

/// A streaming replica of the database.
#[derive(Clone, Debug, Default, Args)]
pub struct ReplicaArgs {
    /// A streaming replica: availability that is not in memory, and lists of bookings, are read there while it is level.
    #[arg(long, env = "DATABASE_REPLICA_URL", hide_env_values = true)]
    pub database_replica_url: Option<String>,
    /// By how much the replica may be behind, in seconds; beyond that the database itself is read.
    #[arg(long, env = "DAYBOOK_REPLICA_MAX_STALENESS", default_value = "2", value_name = "SECONDS", value_parser = staleness)]
    pub replica_max_staleness: Duration,
}

fn staleness(text: &str) -> Result<Duration, String> {
    seconds(text, 0.1..=60.0)
}

/// Reads a number of seconds within bounds.
pub fn seconds(text: &str, bounds: RangeInclusive<f64>) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| bounds.contains(seconds));
    let refused = || format!("must be a number of seconds from {} to {}", bounds.start(), bounds.end());
    seconds.map(Duration::from_secs_f64).ok_or_else(refused)
}

impl ReplicaArgs {
    /// Connections to the replica, if there is one: made when they are needed, so that it may be down.
    pub fn connect_lazily(&self, connections: u32) -> Result<Option<PgPool>> {
        let Some(url) = &self.database_replica_url else { return Ok(None) };
        let options: PgConnectOptions = url.parse().context("DATABASE_REPLICA_URL must be a PostgreSQL URL")?;
        let options =
            options.application_name("daybook").options([("statement_timeout", "5s"), ("enable_seqscan", "off")]);
        let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_secs(1));
        Ok(Some(pool.connect_lazy_with(options)))
    }
}

/// The keys everything secret hangs on.
#[derive(Clone, Debug, Args)]
pub struct KeyArgs {
    /// Master keys as `<key id>:<base64 of 32 bytes>`, newest first, older ones after commas.
    #[arg(long, env = "DAYBOOK_MASTER_KEY", hide_env_values = true, value_parser = Secret)]
    pub master_key: MasterKeys,
}

/// Reads master keys. What is wrong with them is said without repeating them, as clap's own message would.
#[derive(Clone, Copy, Debug)]
struct Secret;

impl TypedValueParser for Secret {
    type Value = MasterKeys;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<MasterKeys, clap::Error> {
        value.to_string_lossy().parse().map_err(|error| {
            let text = format!("--master-key (DAYBOOK_MASTER_KEY): {error}\n");
            clap::Error::raw(ErrorKind::ValueValidation, text).with_cmd(command)
        })
    }
}

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Answers HTTP.
    Api,
    /// Carries the log to JetStream; one node at a time does.
    Relay,
    /// Fills the read models.
    Projectors,
}

/// Whom a node believes, and how much it takes.
#[derive(Clone, Debug, Args)]
pub struct HttpArgs {
    /// Proxies whose X-Forwarded-For is believed: addresses and networks with commas between.
    #[arg(long, env = "DAYBOOK_TRUSTED_PROXIES", default_value = "")]
    pub trusted_proxies: TrustedProxies,
    /// `off` lifts all rate limits, for measurements.
    #[arg(long, env = "DAYBOOK_RATE_LIMIT", value_enum, default_value_t = Switch::On)]
    pub rate_limit: Switch,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// The address with this port on the loopback interface.
pub const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), port)
}

#[cfg(test)]
mod tests {
    use daybook_testkit::TestDatabase;

    use super::DatabaseArgs;

    #[tokio::test]
    async fn postgresql_takes_a_node_for_gone_that_it_cannot_reach() {
        let database = TestDatabase::create().await.unwrap();
        let arguments = DatabaseArgs { database_url: database.app_url(), database_connections: 1 };
        let pool = arguments.connect().await.unwrap();
        // How the server's end of this very connection is set, as the kernel tells it: it stays at 0 where that failed.
        for (name, set) in [("tcp_keepalives_idle", "3"), ("tcp_keepalives_count", "3"), ("tcp_user_timeout", "10000")]
        {
            let found: String = sqlx::query_scalar(&format!("SHOW {name}")).fetch_one(&pool).await.unwrap();
            assert_eq!(found, set, "{name}");
        }
    }
}
