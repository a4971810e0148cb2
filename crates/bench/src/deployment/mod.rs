//! What is measured: PostgreSQL, NATS and `daybook serve`, each a process of its own, and the empty route beside them.

mod empty_route;
mod node;
pub mod pgbench;

use std::time::Duration;

use anyhow::{Context, Result};
use daybook_event_store::{CalendarStore, EventStoreMetrics, MasterKeys, StoreOptions};
use daybook_testkit::{NatsOptions, NatsUser, PostgresOptions, PrivateNats, PrivatePostgres, Role, ScratchDirectory};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cpu::{Meter, Used, by_name};
pub use empty_route::{EmptyRoute, serve_empty_route};
pub use node::{Node, Roles};

const DATABASE: &str = "daybook";

/// PostgreSQL and NATS with an empty Daybook database. Fields are dropped in order: servers before their directory.
pub struct Deployment {
    /// The database server, durable.
    pub postgres: PrivatePostgres,
    /// The bus.
    pub nats: PrivateNats,
    /// What secrets hang on.
    master_keys: String,
    _scratch: ScratchDirectory,
}

impl Deployment {
    /// Starts the servers. fsync is on; PostgreSQL has room for what is measured and remembers when transactions committed.
    pub async fn start() -> Result<Self> {
        let scratch = ScratchDirectory::make()?;
        let postgres = PostgresOptions::in_directory(scratch.path().join("postgres"))
            .setting("shared_buffers", "1GB")
            .setting("max_wal_size", "8GB")
            .setting("track_commit_timestamp", "on")
            .setting("log_checkpoints", "off");
        let nats = NatsOptions::in_directory(scratch.path().join("nats"));
        let (postgres, nats) = tokio::try_join!(PrivatePostgres::start(postgres), PrivateNats::start(nats))?;
        postgres.prepare_database(DATABASE).await?;
        let master_keys = MasterKeys::generate("bench").to_string();
        Ok(Self { postgres, nats, master_keys, _scratch: scratch })
    }

    /// Connections to the database.
    pub async fn pool(&self, role: Role, connections: u32) -> Result<PgPool> {
        let options = PgPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_mins(1));
        options.connect(&self.postgres.url(DATABASE, role)).await.context("cannot connect to PostgreSQL")
    }

    /// The event store within this process.
    pub async fn store(&self) -> Result<Store> {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let pool = self.pool(Role::Application, 16).await?;
        let metrics = EventStoreMetrics::register(&prometheus::Registry::new())?;
        let calendars =
            CalendarStore::start(pool.clone(), self.master_keys()?, StoreOptions::default(), metrics, &stop, &tasks);
        Ok(Store { calendars, pool, stop, tasks })
    }

    /// The keys that nodes are started with.
    pub fn master_keys(&self) -> Result<MasterKeys> {
        Ok(self.master_keys.parse()?)
    }

    /// A node of its own process, ready to take bookings, without rate limits.
    pub async fn node(&self, roles: Roles) -> Result<Node> {
        let url = self.postgres.url(DATABASE, Role::Application);
        Node::start(&url, &self.nats.url(NatsUser::Service), &self.master_keys, roles).await
    }

    /// Measures the load, a node, and the servers behind it.
    pub fn meter(&self, node: &Node) -> Meter {
        Meter::own("load")
            .and("daybook", node.pid())
            .and("PostgreSQL", self.postgres.pid())
            .and("NATS", self.nats.pid())
    }

    /// CPU time that PostgreSQL's sessions have used so far, by what they are for.
    pub async fn sessions(&self) -> Result<Used> {
        let pool = self.pool(Role::Superuser, 1).await?;
        let query = "SELECT pid, CASE WHEN application_name LIKE 'daybook lock%' THEN 'daybook locks'
                         WHEN backend_type = 'client backend' THEN application_name ELSE backend_type END
                     FROM pg_stat_activity WHERE pid <> pg_backend_pid()";
        let sessions = sqlx::query_as(query).fetch_all(&pool).await?;
        pool.close().await;
        by_name(&sessions)
    }

    /// Stops the servers.
    pub async fn stop(mut self) -> Result<()> {
        self.nats.stop().await?;
        self.postgres.stop().await?;
        Ok(())
    }
}

/// The event store within this process.
pub struct Store {
    /// Where commands are executed.
    pub calendars: CalendarStore,
    /// Its connections.
    pub pool: PgPool,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Store {
    /// Ends what it runs.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.pool.close().await;
    }
}
