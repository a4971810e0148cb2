//! The least that a server can do: an empty axum route that returns the same bytes each time.

use std::net::SocketAddr;
use std::process::Stdio;

use anyhow::{Context, Result};
use axum::Router;
use axum::http::header;
use axum::routing::get;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// The empty route in a process of its own, which ends with this value.
pub struct EmptyRoute {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
}

impl EmptyRoute {
    /// Serves these bytes at every path.
    pub async fn start(bytes: &[u8]) -> Result<Self> {
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

    /// Its process.
    pub fn pid(&self) -> Option<i32> {
        self.process.id().and_then(|id| i32::try_from(id).ok())
    }
}

/// What that process does: serves standard input's bytes, and says on standard output where.
#[expect(clippy::print_stdout, reason = "tells the parent process the address")]
pub async fn serve_empty_route() -> Result<()> {
    let mut bytes = Vec::new();
    tokio::io::stdin().read_to_end(&mut bytes).await?;
    let bytes = axum::body::Bytes::from(bytes);
    let answer = move || async move { ([(header::CONTENT_TYPE, "application/json")], bytes) };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, Router::new().fallback(get(answer))).await?;
    Ok(())
}
