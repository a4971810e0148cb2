//! The servers that are measured: Daybook's own binary, and the empty route, each a process of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::http::header;
use axum::routing::get;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// Serves standard input's bytes at `/`, and says on standard output where.
#[expect(clippy::print_stdout, reason = "tells the parent process the address")]
pub async fn serve_empty_route() -> Result<()> {
    let mut bytes = Vec::new();
    tokio::io::stdin().read_to_end(&mut bytes).await?;
    let bytes = axum::body::Bytes::from(bytes);
    let answer = move || async move { ([(header::CONTENT_TYPE, "application/json")], bytes) };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/", get(answer))).await?;
    Ok(())
}

/// A process that ends with this value.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
}

impl Server {
    /// The empty route, returning these bytes.
    pub async fn empty_route(bytes: &[u8]) -> Result<Self> {
        use tokio::io::AsyncWriteExt;
        let mut process = Command::new(std::env::current_exe()?)
            .arg("empty-route")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut input = process.stdin.take().context("it was piped")?;
        input.write_all(bytes).await?;
        drop(input);
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("it was piped")?).read_line(&mut line).await?;
        Ok(Self { address: line.trim().parse().context("the empty route did not start")?, process })
    }

    /// Daybook as it runs for a developer, without rate limits, and the id of its demo meeting type.
    pub async fn daybook(data_dir: &std::path::Path) -> Result<Self> {
        let program = beside_this_one("daybook")?;
        let mut process = Command::new(program)
            .args(["dev", "--port", "0", "--rate-limit", "off", "--data-dir"])
            .arg(data_dir)
            .env("DAYBOOK_LOG", "warn")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(process.stdout.take().context("it was piped")?).lines();
        let started = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.split("http://").nth(1).and_then(|rest| rest.split('/').next()) {
                    return Ok(address.parse()?);
                }
            }
            anyhow::bail!("daybook dev ended without saying where it listens")
        };
        let address =
            tokio::time::timeout(Duration::from_mins(1), started).await.context("daybook dev did not start")??;
        // Whatever else it prints must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { address, process })
    }

    /// CPU time that the process has used so far.
    pub fn cpu(&self) -> Result<Duration> {
        let id = self.process.id().context("the process runs")?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        let fields = stat.rsplit_once(')').context("stat has a name in brackets")?.1;
        let ticks: Vec<u64> = fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        Ok(Duration::from_millis(ticks.iter().sum::<u64>() * 10))
    }

    /// Asks it to stop, and waits until it has stopped all that it started.
    pub async fn stop(mut self) -> Result<()> {
        let id = self.process.id().context("the process runs")?;
        ensure!(
            Command::new("kill").args(["-INT", &id.to_string()]).status().await?.success(),
            "cannot signal daybook"
        );
        tokio::time::timeout(Duration::from_mins(1), self.process.wait()).await.context("daybook does not stop")??;
        Ok(())
    }
}

fn beside_this_one(name: &str) -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name(name);
    ensure!(program.exists(), "{} is not there: build it with `cargo build --release --bin {name}`", program.display());
    Ok(program)
}
