//! What can be chosen about a private NATS server.

use std::path::PathBuf;

/// Where a [`PrivateNats`](super::PrivateNats) runs.
#[derive(Debug, Clone)]
pub struct NatsOptions {
    pub(crate) directory: PathBuf,
    pub(crate) port: Option<u16>,
}

impl NatsOptions {
    /// A server in this directory, on any free port.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), port: None }
    }

    /// Listens on this port instead of any free one.
    #[must_use]
    pub fn on_port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }
}
