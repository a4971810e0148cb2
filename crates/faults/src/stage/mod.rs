//! Nodes on a PostgreSQL and a NATS of their own, each with proxies between, and hosts and teams to be booked.

mod namespace;
mod offers;
mod proxy;
mod site;

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use daybook_black_box::cli;
use daybook_black_box::http::Http;
use daybook_black_box::log::Log;
use daybook_black_box::node::Serve;
use daybook_event_store::MasterKeys;
use daybook_testkit::{Role, TestNats, TestPostgres};
use tokio::time::{Duration, Instant, sleep};

use crate::history::Offered;
pub(crate) use namespace::obstacle;
pub(crate) use offers::HostAtWork;
pub(crate) use proxy::Weather;
pub(crate) use site::{NODES, Site};

const DATABASE: &str = "daybook";

/// How long nodes may take to be ready after everything was mended.
const READY_LIMIT: Duration = Duration::from_mins(1);

/// Everything that can fail.
#[derive(Debug)]
pub(crate) struct Stage {
    // In this order: nodes end before their servers.
    pub(crate) sites: Vec<Site>,
    pub(crate) postgres: TestPostgres,
    pub(crate) nats: TestNats,
    pub(crate) doors: Doors,
    pub(crate) offers: Vec<Offered>,
    pub(crate) hosts: Vec<HostAtWork>,
    database_url: String,
    master_key: String,
}

/// Where the nodes can be found at the moment. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Doors(Arc<Mutex<Vec<Http>>>);

impl Doors {
    /// A node, up or not.
    pub(crate) fn get(&self, index: usize) -> Http {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[index].clone()
    }

    fn set(&self, index: usize, http: Http) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[index] = http;
    }
}

impl Stage {
    /// Starts everything, registers hosts who can be met at any time, and forms teams of them.
    pub(crate) async fn set(with_namespaces: bool) -> Result<Self> {
        let (postgres, nats) = tokio::try_join!(TestPostgres::start(), TestNats::start())?;
        postgres.prepare_database(DATABASE).await?;
        let database_url = postgres.url(DATABASE, Role::Application);
        let master_key = MasterKeys::generate("faults").to_string();
        let mut sites = Vec::new();
        for index in 0..NODES {
            let serve = Serve {
                database_url: database_url.clone(),
                nats_url: nats.service_url(),
                master_key: master_key.clone(),
                rate_limit: false,
                more: Vec::new(),
                listen: (std::net::Ipv4Addr::LOCALHOST, 0).into(),
                launcher: Vec::new(),
            };
            sites.push(Site::make(index, serve, (postgres.port(), nats.port()), with_namespaces).await?);
        }
        for site in &mut sites {
            site.start(&[]).await?;
        }
        let doors = sites.iter().map(|site| site.http().context("it was started")).collect::<Result<_>>()?;
        let doors = Doors(Arc::new(Mutex::new(doors)));
        let mut stage =
            Self { sites, postgres, nats, doors, offers: Vec::new(), hosts: Vec::new(), database_url, master_key };
        stage.until_ready().await?;
        (stage.hosts, stage.offers) = offers::make(&stage.doors.get(0)).await;
        Ok(stage)
    }

    /// What stands in the database.
    pub(crate) fn log(&self) -> Log {
        Log::at(&self.database_url)
    }

    /// Starts a node that does not run, with failpoints armed or none.
    pub(crate) async fn start_node(&mut self, index: usize, failpoints: &[String]) -> Result<()> {
        self.sites[index].start(failpoints).await?;
        self.doors.set(index, self.sites[index].http().context("it was started")?);
        Ok(())
    }

    /// Waits until bookings could be made on every node.
    pub(crate) async fn until_ready(&mut self) -> Result<()> {
        let until = Instant::now() + READY_LIMIT;
        for site in &mut self.sites {
            while !site.is_ready().await? {
                anyhow::ensure!(Instant::now() < until, "node {} is not ready: {}", site.index, site.said());
                sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    /// Runs a command of the program beside the nodes, past all that disturbs them.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<String> {
        let environment =
            [("DATABASE_URL", self.database_url.as_str()), ("DAYBOOK_MASTER_KEY", self.master_key.as_str())];
        let done = cli::run(arguments, &environment).await;
        anyhow::ensure!(done.code == 0, "daybook {} failed: {}{}", arguments.join(" "), done.printed, done.said);
        Ok(done.printed)
    }
}
