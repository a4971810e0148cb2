//! The PostgreSQL cluster that all tests of a workspace share, each with its own database.
//!
//! The first test process starts it and it runs on after the last, so that the next `cargo test` finds it; `daybook-testkit
//! down` (part of `make test`) stops it.

use std::{path::Path, time::Duration};

use tokio::sync::OnceCell;

use super::{Run, cluster_lock, root, run, sweep, template};
use crate::{
    directory,
    error::Error,
    postgres::{Address, PostgresOptions, PrivatePostgres, Role, admin},
    process_table,
};

/// Many test processes with several pools each.
const CONNECTIONS: u32 = 400;

static ADDRESS: OnceCell<Address> = OnceCell::const_new();

/// Starts the shared cluster, or finds it running.
pub async fn start() -> Result<(), Error> {
    address().await.map(|_| ())
}

/// What became of a request to stop the shared cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It is stopped now.
    Stopped,
    /// It was not running.
    WasNotRunning,
    /// This many test processes still use it, so it was left running.
    InUse(usize),
}

/// Stops the shared cluster unless a test process still uses it, and ends the servers of dead test runs.
pub async fn stop() -> Result<Stopped, Error> {
    let root = root()?;
    let _alone = cluster_lock::alone(&root).await?;
    sweep::servers(&root)?;
    let users = run::living(&root)?.len();
    if users > 0 {
        return Ok(Stopped::InUse(users));
    }
    let directory = root.join("postgres");
    if !directory.join("data/postmaster.pid").exists() {
        return Ok(Stopped::WasNotRunning);
    }
    let mut server = PrivatePostgres::start(options(&directory)).await?;
    server.stop().await?;
    Ok(if server.was_adopted() { Stopped::Stopped } else { Stopped::WasNotRunning })
}

/// Where the shared cluster listens; the first call in a process starts it if need be and sweeps up after dead runs.
pub(crate) async fn address() -> Result<&'static Address, Error> {
    ADDRESS.get_or_try_init(prepare).await
}

async fn prepare() -> Result<Address, Error> {
    let root = root()?;
    Run::current()?;
    let _alone = cluster_lock::alone(&root).await?;
    sweep::servers(&root)?;
    let we_are_alone = run::living(&root)?.len() == 1;

    let server = started(&root.join("postgres"), we_are_alone).await?;
    let address = server.address();
    // Whatever fails from here on is our trouble, not that of the tests that use the cluster already.
    server.leave_running();
    let mut superuser = address.connect("postgres", Role::Superuser).await?;
    sweep::databases(&root, &mut superuser).await?;
    if we_are_alone {
        template::drop_others(&mut superuser).await?;
    }
    template::ensure(&address, &mut superuser).await?;
    Ok(address)
}

/// Starts the cluster; one that does not start (a half-cleaned temporary directory, another major version) is made anew,
/// if nobody else uses it.
async fn started(directory: &Path, we_are_alone: bool) -> Result<PrivatePostgres, Error> {
    match PrivatePostgres::start(options(directory)).await {
        Err(
            error @ (Error::DidNotStart { .. }
            | Error::PostgresMajorDiffers { .. }
            | Error::Io { .. }
            | Error::Sql { .. }),
        ) if we_are_alone => {
            tracing::warn!(%error, "the shared test cluster is broken and is made anew");
            process_table::end_all_within(directory, Duration::from_secs(5));
            directory::remove(directory)?;
            PrivatePostgres::start(options(directory)).await
        }
        done => done,
    }
}

fn options(directory: &Path) -> PostgresOptions {
    PostgresOptions::in_directory(directory).throw_away().max_connections(CONNECTIONS)
}

/// Makes a database for a test.
pub(crate) async fn make_database(database: &str) -> Result<&'static Address, Error> {
    let address = address().await?;
    let _shared = cluster_lock::shared(&root()?).await?;
    let mut superuser = address.connect("postgres", Role::Superuser).await?;
    admin::run(&mut superuser, "make a test's database", &template::copy_to(database)).await?;
    Ok(address)
}

/// Drops a test's database, whoever is still connected.
pub(crate) async fn drop_database(address: &Address, database: &str) -> Result<(), Error> {
    let mut superuser = address.connect("postgres", Role::Superuser).await?;
    let sql = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
    admin::run(&mut superuser, "drop a test's database", &sql).await
}
