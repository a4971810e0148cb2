//! Closed-loop HTTP load over kept-alive connections, as lean as it can be: it shares the cores with what it measures.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::rounds::{Turn, micros};

/// Sends the same GET over so many connections for so long; every answer must be 200.
pub async fn get(server: SocketAddr, path: &str, connections: usize, turn: Duration) -> Result<Turn> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n");
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let request = request.clone();
        tasks.spawn(async move {
            let mut connection = Connection::open(server).await?;
            let mut latencies = Turn::histogram();
            while begun.elapsed() < turn {
                let sent = Instant::now();
                connection.exchange(request.as_bytes()).await?;
                latencies.record(micros(sent).max(1))?;
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies = Turn::histogram();
    while let Some(done) = tasks.join_next().await {
        latencies.add(done??)?;
    }
    Ok(Turn { latencies, took: begun.elapsed() })
}

/// The body of one GET.
pub async fn body(server: SocketAddr, path: &str) -> Result<Vec<u8>> {
    let mut connection = Connection::open(server).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n");
    let (head, length) = connection.exchange(request.as_bytes()).await?;
    Ok(connection.buffer[head..head + length].to_vec())
}

/// One kept-alive connection.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 256 * 1024] })
    }

    /// Sends a request and reads its answer into the buffer; where its body begins, and how long it is.
    async fn exchange(&mut self, request: &[u8]) -> Result<(usize, usize)> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            ensure!(read > 0, "the server closed the connection");
            filled += read;
            let Some(head) = find(&self.buffer[..filled], b"\r\n\r\n").map(|at| at + 4) else { continue };
            let text = std::str::from_utf8(&self.buffer[..head]).context("the head is not text")?;
            if !text.starts_with("HTTP/1.1 200") {
                bail!("the server answered {}", text.lines().next().unwrap_or_default());
            }
            let length = text
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.parse::<usize>().ok())
                .context("the answer has no length")?;
            ensure!(head + length <= self.buffer.len(), "the answer is larger than the buffer");
            while filled < head + length {
                let read = self.stream.read(&mut self.buffer[filled..]).await?;
                ensure!(read > 0, "the server closed the connection");
                filled += read;
            }
            return Ok((head, length));
        }
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
