//! `daybook serve`: a node in production.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use url::Url;

use crate::configuration::{DATABASE_SPACE_GB, DatabaseArgs, HttpArgs, KeyArgs, ReplicaArgs, Role, seconds};
use crate::node::{self, NodeConfiguration};

#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    replica: ReplicaArgs,
    /// NATS with JetStream, as the service's user.
    #[arg(long, env = "NATS_URL", hide_env_values = true)]
    nats_url: String,
    #[command(flatten)]
    keys: KeyArgs,
    /// Where the outside finds the service; links are made from it.
    #[arg(long, env = "DAYBOOK_PUBLIC_URL")]
    public_url: Option<Url>,
    #[command(flatten)]
    http: HttpArgs,
    /// Where the service listens.
    #[arg(long, env = "DAYBOOK_LISTEN", default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// Where metrics and health are shown to the operator's network only.
    #[arg(long, env = "DAYBOOK_INTERNAL_LISTEN", default_value = "127.0.0.1:9464")]
    internal_listen: SocketAddr,
    /// What this node does.
    #[arg(long, env = "DAYBOOK_ROLES", value_enum, value_delimiter = ',', default_value = "api,relay,projectors")]
    roles: Vec<Role>,
    /// How many NATS servers keep a copy of each stream: 1, or 3 in a cluster.
    #[arg(long, env = "DAYBOOK_JETSTREAM_REPLICAS", default_value_t = 1)]
    jetstream_replicas: usize,
    /// How long a node that is to stop still takes requests, in seconds. For load balancers that ask `/health/ready`: longer
    /// than it takes them to notice.
    #[arg(long, env = "DAYBOOK_STOP_DELAY", default_value = "0", value_name = "SECONDS", value_parser = stop_delay)]
    stop_delay: Duration,
    /// How large the database may become, in GB: alerts warn when it fills this.
    #[arg(long, env = "DAYBOOK_DATABASE_SPACE_GB", default_value_t = DATABASE_SPACE_GB)]
    database_space_gb: u64,
}

fn stop_delay(text: &str) -> Result<Duration, String> {
    seconds(text, 0.0..=60.0)
}

impl ServeArgs {
    pub async fn run(self) -> Result<()> {
        let shutdown = node::shutdown_on_signal()?;
        let listener = node::listen(self.listen).await?;
        let internal = node::listen(self.internal_listen).await?;
        let local = Url::parse(&format!("http://{}", listener.local_addr()?))?;
        let public_url = self.public_url.unwrap_or(local);
        let configuration = NodeConfiguration {
            database: self.database,
            replica: self.replica,
            nats_url: self.nats_url,
            master_keys: self.keys.master_key,
            roles: self.roles,
            secure_cookies: public_url.scheme() == "https",
            public_url,
            http: self.http,
            jetstream_replicas: self.jetstream_replicas,
            database_space: self.database_space_gb * 1_000_000_000,
            stop_delay: self.stop_delay,
            metrics_on_public_listener: false,
        };
        let node = node::start(configuration, listener, Some(internal), &shutdown).await.context("cannot start")?;
        node.run().await
    }
}
