//! Settings that several commands share. Every flag has an environment variable.

use std::ffi::OsStr;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, ValueEnum};
use daybook_api::middleware::limits::TrustedProxies;
use daybook_event_store::MasterKeys;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// The application's database.
#[derive(Clone, Debug, Args)]
pub struct DatabaseArgs {
    /// The database, as the application's role (never as the owner of the log).
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
    /// Connections at most.
    #[arg(long, env = "DAYBOOK_DATABASE_CONNECTIONS", default_value_t = 24)]
    pub database_connections: u32,
}

impl DatabaseArgs {
    /// Connects as the application.
    pub async fn connect(&self) -> Result<PgPool> {
        let options: PgConnectOptions = self.database_url.parse().context("DATABASE_URL must be a PostgreSQL URL")?;
        // Whatever the program itself forgets to bound, the server does; and a transaction left open would stall the feed.
        let options = options
            .application_name("daybook")
            .options([("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "10s")]);
        PgPoolOptions::new()
            .max_connections(self.database_connections)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options)
            .await
            .context("cannot connect to the database at DATABASE_URL")
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
