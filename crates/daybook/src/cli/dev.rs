//! `daybook dev`: everything on this machine, in one directory.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use daybook_api::middleware::limits::TrustedProxies;
use daybook_event_store::MasterKeys;
use daybook_testkit::{NatsOptions, NatsUser, PostgresOptions, PrivateNats, PrivatePostgres, Role as PostgresRole};
use url::Url;

use crate::configuration::{DATABASE_SPACE_GB, DatabaseArgs, HttpArgs, ReplicaArgs, Role, Switch, loopback};
use crate::demo;
use crate::node::{self, NodeConfiguration};

const DATABASE: &str = "daybook";

#[derive(Clone, Debug, Args)]
pub struct DevArgs {
    /// Where the servers keep their data, with log-ins in `env`.
    #[arg(long, env = "DAYBOOK_DATA_DIR", default_value = ".daybook")]
    data_dir: PathBuf,
    /// The port on the loopback interface; 0 takes a free one.
    #[arg(long, env = "DAYBOOK_PORT", default_value_t = 8080)]
    port: u16,
    /// `off` lifts all rate limits, for measurements.
    #[arg(long, env = "DAYBOOK_RATE_LIMIT", value_enum, default_value_t = Switch::On)]
    rate_limit: Switch,
}

impl DevArgs {
    pub async fn run(self) -> Result<()> {
        let shutdown = node::shutdown_on_signal()?;
        // Before the servers: a port that is taken should cost nobody a wait.
        let listener = node::listen(loopback(self.port)).await?;
        let port = listener.local_addr()?.port();
        fs::create_dir_all(&self.data_dir).with_context(|| format!("cannot make {}", self.data_dir.display()))?;
        let data_dir = self.data_dir.canonicalize()?;

        let master_key = master_key(&data_dir.join("master-key"))?;
        let mut postgres = PrivatePostgres::start(PostgresOptions::in_directory(data_dir.join("postgres"))).await?;
        postgres.prepare_database(DATABASE).await?;
        let mut nats = PrivateNats::start(NatsOptions::in_directory(data_dir.join("nats"))).await?;

        let public_url = Url::parse(&format!("http://127.0.0.1:{port}"))?;
        let database_url = postgres.url(DATABASE, PostgresRole::Application);
        let environment = [
            ("DATABASE_URL", database_url.clone()),
            ("DAYBOOK_MIGRATE_URL", postgres.url(DATABASE, PostgresRole::Owner)),
            ("NATS_URL", nats.url(NatsUser::Service)),
            ("NATS_ANALYTICS_URL", nats.url(NatsUser::Analytics)),
            ("DAYBOOK_URL", public_url.to_string().trim_end_matches('/').to_owned()),
            ("DAYBOOK_MASTER_KEY", master_key.clone()),
        ];
        write_environment(&data_dir.join("env"), &environment)?;

        let configuration = NodeConfiguration {
            database: DatabaseArgs { database_url, database_connections: 16 },
            replica: ReplicaArgs::default(),
            nats_url: nats.url(NatsUser::Service),
            master_keys: master_key
                .parse::<MasterKeys>()
                .context("the file master-key in the data directory is damaged")?,
            roles: vec![Role::Api, Role::Relay, Role::Projectors],
            public_url: public_url.clone(),
            http: HttpArgs { trusted_proxies: TrustedProxies::default(), rate_limit: self.rate_limit },
            secure_cookies: false,
            jetstream_replicas: 1,
            database_space: DATABASE_SPACE_GB * 1_000_000_000,
            stop_delay: Duration::ZERO,
            // Loopback is the internal network here.
            metrics_on_public_listener: true,
        };
        let node = node::start(configuration, listener, None, &shutdown).await?;
        // Before anybody is answered: who finds the service ready finds the demo host there, too.
        let demo = demo::prepare(&node.api).await?;
        demo::greet(&demo, &public_url, &data_dir);

        let ended = node.run().await;
        // Last in, first out; each is given time to finish what it has begun.
        nats.stop().await?;
        postgres.stop().await?;
        ended
    }
}

/// The master key of this data directory, made at the first start.
fn master_key(file: &Path) -> Result<String> {
    if let Ok(key) = fs::read_to_string(file) {
        return Ok(key.trim().to_owned());
    }
    let key = MasterKeys::generate("dev");
    write_private(file, &key)?;
    Ok(key.to_string())
}

fn write_environment(file: &Path, variables: &[(&str, String)]) -> Result<()> {
    let lines: Vec<_> = variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    write_private(file, &lines.concat())
}

/// Writes a file that only its owner may read. A new one takes the old one's place, so nobody ever sees half of it.
fn write_private(file: &Path, text: &str) -> Result<()> {
    let new = file.with_extension("new");
    let write = || -> std::io::Result<()> {
        let _ = fs::remove_file(&new);
        let mut opened = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        opened.write_all(text.as_bytes())?;
        opened.sync_all()?;
        fs::rename(&new, file)
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}
