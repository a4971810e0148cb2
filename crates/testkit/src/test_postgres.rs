//! A PostgreSQL cluster for one test.

use std::ops::{Deref, DerefMut};

use crate::{
    error::Error,
    postgres::{PostgresOptions, PrivatePostgres},
    scratch::ScratchDirectory,
};

/// A PostgreSQL cluster of a test's own, for tests that kill the server, change roles or hold transactions open; stopped
/// and removed with this value.
///
/// Gives everything that a [`PrivatePostgres`] does.
#[derive(Debug)]
pub struct TestPostgres {
    // In this order: the server ends before its directory goes.
    server: PrivatePostgres,
    _directory: ScratchDirectory,
}

impl TestPostgres {
    /// Makes the cluster and starts it on a free port.
    pub async fn start() -> Result<Self, Error> {
        let directory = ScratchDirectory::make()?;
        let options = PostgresOptions::in_directory(directory.path().join("postgres")).throw_away();
        let server = PrivatePostgres::start(options).await?;
        Ok(Self { server, _directory: directory })
    }

    /// Starts a streaming replica of it, which is a cluster of the test's own as well.
    pub async fn replicate(&self) -> Result<Self, Error> {
        let directory = ScratchDirectory::make()?;
        let options = PostgresOptions::in_directory(directory.path().join("postgres")).throw_away();
        let server = self.server.replicate(options).await?;
        Ok(Self { server, _directory: directory })
    }
}

impl Deref for TestPostgres {
    type Target = PrivatePostgres;

    fn deref(&self) -> &PrivatePostgres {
        &self.server
    }
}

impl DerefMut for TestPostgres {
    fn deref_mut(&mut self) -> &mut PrivatePostgres {
        &mut self.server
    }
}
