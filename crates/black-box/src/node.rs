//! `daybook serve`, running.

use std::net::SocketAddr;

use nix::sys::signal::Signal;
use url::Url;

use super::http::Http;
use super::program::{Program, Said};
use super::{DEADLINE, eventually, until};

/// What a node is started with.
#[derive(Clone, Debug)]
pub struct Serve {
    /// `DATABASE_URL`.
    pub database_url: String,
    /// `NATS_URL`.
    pub nats_url: String,
    /// `DAYBOOK_MASTER_KEY`.
    pub master_key: String,
    /// Whether rates are limited.
    pub rate_limit: bool,
    /// More variables.
    pub more: Vec<(&'static str, String)>,
    /// Where it listens; port 0 takes a free one. Operators are heard on any port of the same address.
    pub listen: SocketAddr,
    /// The command that becomes it, such as `ip netns exec NAME`; none to start it as it is.
    pub launcher: Vec<String>,
}

/// A node that answers.
#[derive(Debug)]
pub struct Node {
    /// The process.
    pub program: Program,
    /// Where guests and hosts find it.
    pub url: Url,
    /// Where operators find it.
    pub internal: Url,
}

impl Serve {
    /// Starts a node and waits until it is ready.
    pub async fn start(&self) -> Node {
        let mut node = self.launch().await;
        node.until_ready().await;
        node
    }

    /// Starts a node and waits until it listens.
    pub async fn launch(&self) -> Node {
        self.try_launch().await.unwrap_or_else(|said| panic!("the node ended before it listened: {said}"))
    }

    /// Starts a node and waits until it listens; what it said if it ends before.
    pub async fn try_launch(&self) -> Result<Node, String> {
        let mut environment = vec![
            ("DATABASE_URL", self.database_url.as_str()),
            ("NATS_URL", self.nats_url.as_str()),
            ("DAYBOOK_MASTER_KEY", self.master_key.as_str()),
            ("DAYBOOK_RATE_LIMIT", if self.rate_limit { "on" } else { "off" }),
        ];
        environment.extend(self.more.iter().map(|(name, value)| (*name, value.as_str())));
        let (listen, internal) = (self.listen.to_string(), SocketAddr::new(self.listen.ip(), 0).to_string());
        let arguments = ["serve", "--listen", &listen, "--internal-listen", &internal];
        let mut program = Program::start_through(&self.launcher, &arguments, &environment);
        if !program.says_or_ends("listening for operators").await {
            return Err(program.said().to_string());
        }
        let url = address(program.said(), "\"listening\"");
        let internal = address(program.said(), "\"listening for operators\"");
        Ok(Node { program, url, internal })
    }
}

/// The address in the log line with this message.
fn address(said: &Said, message: &str) -> Url {
    let line = said.lines_with(message).pop().unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    Url::parse(&format!("http://{}", line["address"].as_str().unwrap())).unwrap()
}

impl Node {
    /// Somebody without credentials who talks to this node.
    pub fn http(&self) -> Http {
        Http::to(self.url.clone(), self.program.said().clone())
    }

    /// An operator, who talks to the internal listener.
    pub fn operator(&self) -> Http {
        Http::to(self.internal.clone(), self.program.said().clone())
    }

    /// Waits until a booking could be made here.
    pub async fn until_ready(&mut self) {
        let http = self.http();
        let program = &mut self.program;
        until("the node is ready", || {
            assert!(program.is_running(), "the node ended: {}", program.said());
            let asked = http.get("/health/ready").attempt();
            async { asked.await.is_ok_and(|reply| reply.status == 200) }
        })
        .await;
    }

    /// Ends it in order, as an operator does, and fails if it does not end well.
    pub async fn stop(mut self) {
        self.program.signal(Signal::SIGTERM);
        let ended = tokio::time::timeout(DEADLINE, self.program.ended()).await.unwrap();
        assert!(ended.success(), "the node ended with {ended}: {}", self.program.said());
    }

    /// A number that the node counts, with its labels: `daybook_relay_lag_seconds` or `name{label="value"}`.
    pub async fn metric(&self, name: &str) -> Option<f64> {
        let text = self.operator().get("/metrics").await.text(200);
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        line.map(|value| value.parse().unwrap())
    }

    /// Waits until the node counts a number that satisfies a condition.
    pub async fn until_metric(&self, name: &str, condition: impl Fn(f64) -> bool) {
        eventually(&format!("{name} is as expected"), async || {
            self.metric(name).await.filter(|value| condition(*value))
        })
        .await;
    }
}
