//! A database for one test.

use std::{sync::mpsc, time::Duration};

use sqlx::PgPool;

use crate::{
    error::Error,
    postgres::{Address, Role, dump},
    scratch::{Run, shared_cluster},
};

/// How long a dropped value waits for its database to go.
const DROP_LIMIT: Duration = Duration::from_secs(20);

/// A fresh, migrated database in the cluster that all tests share; dropped with this value.
///
/// Roles belong to the whole cluster: tests that change them, kill the server or hold transactions open need a
/// [`TestPostgres`](crate::TestPostgres) of their own.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    address: Address,
    application: PgPool,
    owner: PgPool,
}

impl TestDatabase {
    /// Makes the database, starting the shared cluster if it does not run.
    pub async fn create() -> Result<Self, Error> {
        let name = Run::current()?.unique_name();
        let address = shared_cluster::make_database(&name).await?.clone();
        let application = address.pool(&name, Role::Application);
        let owner = address.pool(&name, Role::Owner);
        Ok(Self { name, address, application, owner })
    }

    /// Connections of the application's role.
    pub fn pool(&self) -> PgPool {
        self.application.clone()
    }

    /// Connections of the role that owns the database and ran the migrations.
    pub fn owner_pool(&self) -> PgPool {
        self.owner.clone()
    }

    /// The database's URL for the application's role (`DATABASE_URL`).
    pub fn app_url(&self) -> String {
        self.address.url(&self.name, Role::Application)
    }

    /// The database's URL for the owner role (`DAYBOOK_MIGRATE_URL`).
    pub fn owner_url(&self) -> String {
        self.address.url(&self.name, Role::Owner)
    }

    /// The database's URL for the superuser.
    pub fn superuser_url(&self) -> String {
        self.address.url(&self.name, Role::Superuser)
    }

    /// Everything that is in the database, as a back-up by `pg_dump` holds it.
    pub async fn dump(&self) -> Result<String, Error> {
        dump::dump(self.superuser_url()).await
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (name, address) = (self.name.clone(), self.address.clone());
        let (done, finished) = mpsc::channel();
        // A thread of its own, because the test's runtime may be the one that is dropping us.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let dropped = runtime.map(|runtime| runtime.block_on(shared_cluster::drop_database(&address, &name)));
            if let Ok(Err(error)) = &dropped {
                tracing::warn!(%error, database = name, "left for the next run to sweep");
            }
            let _ = done.send(());
        });
        let _ = finished.recv_timeout(DROP_LIMIT);
    }
}
