//! A NATS server for one test.

use std::{
    ops::{Deref, DerefMut},
    path::Path,
};

use crate::{
    error::Error,
    nats::{NatsOptions, NatsUser, PrivateNats},
    scratch::ScratchDirectory,
};

/// A NATS server of a test's own, with an empty JetStream; ended and removed with this value.
///
/// Gives everything that a [`PrivateNats`] does.
#[derive(Debug)]
pub struct TestNats {
    // In this order: the server ends before its directory goes.
    server: PrivateNats,
    directory: ScratchDirectory,
}

impl TestNats {
    /// Starts the server on a free port.
    pub async fn start() -> Result<Self, Error> {
        let directory = ScratchDirectory::make()?;
        let server = PrivateNats::start(NatsOptions::in_directory(directory.path().join("nats"))).await?;
        Ok(Self { server, directory })
    }

    /// Where the server keeps its data, JetStream's included.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The URL for the program itself (`NATS_URL`).
    pub fn service_url(&self) -> String {
        self.server.url(NatsUser::Service)
    }

    /// The URL for a reader of the stream without personal data (`NATS_ANALYTICS_URL`).
    pub fn analytics_url(&self) -> String {
        self.server.url(NatsUser::Analytics)
    }

    /// The URL for a user who may do anything, as when a test deletes or empties a stream.
    pub fn operator_url(&self) -> String {
        self.server.url(NatsUser::Operator)
    }
}

impl Deref for TestNats {
    type Target = PrivateNats;

    fn deref(&self) -> &PrivateNats {
        &self.server
    }
}

impl DerefMut for TestNats {
    fn deref_mut(&mut self) -> &mut PrivateNats {
        &mut self.server
    }
}
