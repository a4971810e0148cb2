//! `daybook serve`, running.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::load;

/// How long a node may take to start, and to stop.
const LIMIT: Duration = Duration::from_mins(1);

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roles {
    /// All there is.
    All,
    /// Answers requests, and leaves read models and streams as they are.
    Api,
}

/// A node that answers.
pub struct Node {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
}

impl Node {
    /// Starts a node and waits until it is ready.
    pub(super) async fn start(database: &str, nats: &str, master_keys: &str, roles: Roles) -> Result<Self> {
        let program = std::env::current_exe()?.with_file_name("daybook");
        ensure!(program.exists(), "{} is not there: build it with `cargo build --release`", program.display());
        let roles = if roles == Roles::All { "api,relay,projectors" } else { "api" };
        let mut process = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0", "--roles", roles])
            .env("DATABASE_URL", database)
            .env("NATS_URL", nats)
            .env("DAYBOOK_MASTER_KEY", master_keys)
            .env("DAYBOOK_RATE_LIMIT", "off")
            .env("DAYBOOK_LOG", "warn,daybook::node=info")
            .env("DAYBOOK_LOG_FORMAT", "json")
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(process.stderr.take().context("it was piped")?).lines();
        let address = timeout(LIMIT, address(&mut lines)).await.context("daybook serve does not start")??;
        // Warnings of the node are shown; whatever it says must not fill the pipe.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if !line.contains(r#""level":"INFO""#) {
                    complain(&line);
                }
            }
        });
        let node = Self { address, process };
        timeout(LIMIT, node.until_ready()).await.context("daybook serve does not get ready")?;
        Ok(node)
    }

    async fn until_ready(&self) {
        while load::body(self.address, "/health/ready").await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Its process.
    pub fn pid(&self) -> Option<i32> {
        self.process.id().and_then(|id| i32::try_from(id).ok())
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(mut self) -> Result<()> {
        kill(Pid::from_raw(self.pid().context("the node runs")?), Signal::SIGTERM)?;
        let ended = timeout(LIMIT, self.process.wait()).await.context("daybook serve does not stop")??;
        ensure!(ended.success(), "daybook serve ended with {ended}");
        Ok(())
    }
}

/// The address that the node says it listens on.
async fn address<R: AsyncRead + Unpin>(lines: &mut Lines<BufReader<R>>) -> Result<SocketAddr> {
    let mut said = String::new();
    while let Some(line) = lines.next_line().await? {
        let json: Value = serde_json::from_str(&line).unwrap_or_default();
        if json["message"] == "listening" {
            return Ok(json["address"].as_str().context("it says where")?.parse()?);
        }
        said = said + &line + "\n";
    }
    bail!("daybook serve ended without saying where it listens: {said}")
}

#[expect(clippy::print_stderr, reason = "what a node complains of belongs to the measurement")]
fn complain(line: &str) {
    eprintln!("node: {line}");
}
