//! A database, a NATS server and a master key: what nodes share.

use std::net::Ipv4Addr;

use daybook_event_store::MasterKeys;
use daybook_testkit::{TestDatabase, TestNats};

use super::log::Log;
use super::node::{Node, Serve};

/// What nodes share.
#[derive(Debug)]
pub struct Deployment {
    /// The database.
    pub database: TestDatabase,
    /// NATS.
    pub nats: TestNats,
    /// The master keys.
    pub master_key: String,
}

impl Deployment {
    /// Makes an empty one.
    pub async fn create() -> Self {
        let (database, nats) = tokio::try_join!(TestDatabase::create(), TestNats::start()).unwrap();
        Self { database, nats, master_key: MasterKeys::generate("test").to_string() }
    }

    /// How a node of it is started.
    pub fn serve(&self) -> Serve {
        Serve {
            database_url: self.database.app_url(),
            nats_url: self.nats.service_url(),
            master_key: self.master_key.clone(),
            rate_limit: false,
            more: Vec::new(),
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            launcher: Vec::new(),
        }
    }

    /// Starts a node.
    pub async fn node(&self) -> Node {
        self.serve().start().await
    }

    /// What stands in its database.
    pub fn log(&self) -> Log {
        Log::at(&self.database.app_url())
    }
}
