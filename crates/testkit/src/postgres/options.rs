//! What can be chosen about a private PostgreSQL.

use std::path::PathBuf;

/// Where and how a [`PrivatePostgres`](super::PrivatePostgres) runs.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    pub(crate) directory: PathBuf,
    pub(crate) port: Option<u16>,
    pub(crate) durable: bool,
    pub(crate) max_connections: u32,
    pub(crate) settings: Vec<(&'static str, &'static str)>,
}

impl PostgresOptions {
    /// A durable server in this directory, on any free port.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), port: None, durable: true, max_connections: 200, settings: Vec::new() }
    }

    /// Listens on this port instead of any free one.
    #[must_use]
    pub fn on_port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Allows this many connections at once.
    #[must_use]
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.max_connections = connections;
        self
    }

    /// Does not flush to disk: a crash of the server still loses nothing, a power cut may lose everything.
    #[must_use]
    pub fn throw_away(mut self) -> Self {
        self.durable = false;
        self
    }

    /// Gives a setting of `postgresql.conf` another value than it has otherwise.
    #[must_use]
    pub fn setting(mut self, name: &'static str, value: &'static str) -> Self {
        self.settings.push((name, value));
        self
    }
}
