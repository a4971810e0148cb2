//! Where a node runs: its ways to PostgreSQL and NATS, and a network of its own where there can be one.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use daybook_black_box::http::Http;
use daybook_black_box::node::{Node, Serve};
use nix::sys::signal::Signal;
use tokio::time::{Duration, Instant, sleep};
use url::Url;

use super::namespace::Namespace;
use super::proxy::{Proxy, Weather};
use crate::faults::Far;

/// Nodes of a run.
pub(crate) const NODES: usize = 2;

/// How long a node may take to start. One that finds no database gives up and is started again, as a supervisor would.
const START_LIMIT: Duration = Duration::from_mins(1);

/// A place for a node, and the node.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) index: usize,
    // In this order: the node ends before its network.
    node: Option<Node>,
    serve: Serve,
    postgres: Proxy,
    nats: Proxy,
    namespace: Option<Namespace>,
}

impl Site {
    /// Lays the ways to the servers on these ports.
    pub(crate) async fn make(
        index: usize,
        mut serve: Serve,
        (postgres, nats): (u16, u16),
        with_namespace: bool,
    ) -> Result<Self> {
        let namespace = if with_namespace { Some(Namespace::make(index)?) } else { None };
        let at = |address: fn(&Namespace) -> Ipv4Addr| -> IpAddr {
            namespace.as_ref().map_or(Ipv4Addr::LOCALHOST, address).into()
        };
        let postgres = Proxy::before(postgres, at(Namespace::postgres)).await?;
        let nats = Proxy::before(nats, at(Namespace::nats)).await?;
        serve.database_url = through(&serve.database_url, &postgres)?;
        serve.nats_url = through(&serve.nats_url, &nats)?;
        serve.listen.set_ip(at(Namespace::node));
        serve.launcher = namespace.as_ref().map(Namespace::launcher).unwrap_or_default();
        Ok(Self { index, node: None, serve, postgres, nats, namespace })
    }

    /// Starts the node and waits until it listens.
    pub(crate) async fn start(&mut self, failpoints: &[String]) -> Result<()> {
        let until = Instant::now() + START_LIMIT;
        let mut serve = self.serve.clone();
        if !failpoints.is_empty() {
            serve.more.push(("FAILPOINTS", failpoints.join(";")));
        }
        loop {
            match serve.try_launch().await {
                Ok(node) => {
                    self.node = Some(node);
                    return Ok(());
                }
                Err(said) if Instant::now() > until => bail!("node {} does not start: {said}", self.index),
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Somebody who talks to it.
    pub(crate) fn http(&self) -> Option<Http> {
        self.node.as_ref().map(Node::http)
    }

    /// Whether it runs; one that was not to end fails.
    pub(crate) fn is_running(&mut self) -> bool {
        self.node.as_mut().is_some_and(|node| node.program.is_running())
    }

    /// Whether a booking could be made there. Fails if it has ended although nobody ended it.
    pub(crate) async fn is_ready(&mut self) -> Result<bool> {
        if !self.is_running() {
            bail!("node {} has ended by itself: {}", self.index, self.said());
        }
        let http = self.http().context("it runs")?;
        let asked = tokio::time::timeout(Duration::from_secs(5), http.get("/health/ready").attempt()).await;
        Ok(matches!(asked, Ok(Ok(reply)) if reply.status == 200))
    }

    /// What it has logged lately.
    pub(crate) fn said(&self) -> String {
        self.node.as_ref().map(|node| node.program.said().to_string()).unwrap_or_default()
    }

    /// Sends the node a signal, if it runs.
    pub(crate) fn signal(&mut self, signal: Signal) {
        if self.is_running()
            && let Some(node) = &self.node
        {
            node.program.signal(signal);
        }
    }

    /// Kills the node where it stands, and keeps what it has logged.
    pub(crate) fn kill_9(&mut self, output: &Path) -> Result<()> {
        if let Some(mut node) = self.node.take() {
            node.program.kill_9();
            self.keep(&node, output)?;
        }
        Ok(())
    }

    /// Ends the node in order. Says whether it ended well.
    pub(crate) async fn stop(&mut self, output: &Path) -> Result<()> {
        let Some(mut node) = self.node.take() else { return Ok(()) };
        node.program.signal(Signal::SIGTERM);
        let ended = tokio::time::timeout(Duration::from_secs(50), node.program.ended()).await;
        self.keep(&node, output)?;
        match ended {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => bail!("node {} was told to stop and ended with {status}", self.index),
            Err(_) => bail!("node {} was told to stop and did not", self.index),
        }
    }

    fn keep(&self, node: &Node, output: &Path) -> Result<()> {
        let path = output.join(format!("node-{}.log", self.index));
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(node.program.said().text().as_bytes()).context("cannot keep a node's log")
    }

    /// Changes the weather on the way to a server.
    pub(crate) fn turn(&self, far: Far, weather: Weather) {
        if matches!(far, Far::Postgres | Far::Servers) {
            self.postgres.turn(weather);
        }
        if matches!(far, Far::Nats | Far::Servers) {
            self.nats.turn(weather);
        }
    }

    /// Lets the connections to a server fall silent.
    pub(crate) fn lose_all(&self, far: Far) {
        if matches!(far, Far::Postgres | Far::Servers) {
            self.postgres.lose_all();
        }
        if matches!(far, Far::Nats | Far::Servers) {
            self.nats.lose_all();
        }
    }

    /// Breaks the connections to a server.
    pub(crate) fn break_all(&self, far: Far) {
        if matches!(far, Far::Postgres | Far::Servers) {
            self.postgres.break_all();
        }
        if matches!(far, Far::Nats | Far::Servers) {
            self.nats.break_all();
        }
    }

    /// The network of its own, if it has one.
    pub(crate) const fn namespace(&self) -> Option<&Namespace> {
        self.namespace.as_ref()
    }
}

/// A server's URL by way of a proxy.
fn through(url: &str, proxy: &Proxy) -> Result<String> {
    let mut url = Url::parse(url)?;
    let address = proxy.address();
    url.set_host(Some(&address.ip().to_string()))?;
    url.set_port(Some(address.port())).ok().context("the URL has no port")?;
    Ok(url.into())
}
