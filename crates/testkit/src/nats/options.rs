//! What can be chosen about a private NATS server.

use std::path::PathBuf;

/// Where a [`PrivateNats`](super::PrivateNats) runs.
#[derive(Debug, Clone)]
pub struct NatsOptions {
    pub(crate) directory: PathBuf,
    pub(crate) port: Option<u16>,
    pub(crate) member: Option<Member>,
}

/// A server's place in a cluster.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Its name, which stays: the others know it by that.
    pub(crate) name: String,
    /// Where the others reach it.
    pub(crate) port: u16,
    /// Where it reaches the others.
    pub(crate) others: Vec<u16>,
    /// The passwords of the whole cluster.
    pub(crate) passwords: PathBuf,
}

impl Member {
    /// What its command line says of the cluster.
    pub(crate) fn arguments(&self) -> [String; 6] {
        let at = |port: &u16| format!("nats://127.0.0.1:{port}");
        let others: Vec<String> = self.others.iter().map(at).collect();
        let [cluster, name, routes] = ["--cluster", "--cluster_name", "--routes"].map(str::to_owned);
        [cluster, at(&self.port), name, "daybook".to_owned(), routes, others.join(",")]
    }
}

impl NatsOptions {
    /// A server in this directory, on any free port.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), port: None, member: None }
    }

    /// Listens on this port instead of any free one.
    #[must_use]
    pub fn on_port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Is one of several servers.
    #[must_use]
    pub(crate) fn member_of_a_cluster(mut self, member: Member) -> Self {
        self.member = Some(member);
        self
    }
}
