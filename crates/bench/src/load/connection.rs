//! One kept-alive connection.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(30);

/// A request as it goes over the wire, and the answer that it must get.
#[derive(Clone, Debug)]
pub struct Request {
    bytes: Vec<u8>,
    /// The status that the answer must have.
    expected: &'static str,
}

impl Request {
    /// A GET, answered with 200.
    pub fn get(path: &str) -> Self {
        let bytes = format!("GET {path} HTTP/1.1\r\nHost: daybook\r\n\r\n").into_bytes();
        Self { bytes, expected: "HTTP/1.1 200" }
    }

    /// A POST that creates something, answered with 201.
    pub fn post(path: &str, body: &Value) -> Self {
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: daybook\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Self { bytes: (head + &body).into_bytes(), expected: "HTTP/1.1 201" }
    }
}

/// One kept-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 256 * 1024] })
    }

    /// Sends a request; the body of its answer.
    pub async fn exchange(&mut self, request: &Request) -> Result<&[u8]> {
        timeout(LIMIT, self.send_and_read(request)).await.context("no answer within 30 s")?
    }

    async fn send_and_read(&mut self, request: &Request) -> Result<&[u8]> {
        self.stream.write_all(&request.bytes).await?;
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            ensure!(read > 0, "the server closed the connection, or the answer is too long");
            filled += read;
            let Some(head) = find(&self.buffer[..filled], b"\r\n\r\n").map(|at| at + 4) else { continue };
            let text = std::str::from_utf8(&self.buffer[..head]).context("the head is not text")?;
            let length = text
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.parse::<usize>().ok())
                .context("the answer has no length")?;
            if filled < head + length {
                continue;
            }
            let body = head..head + length;
            ensure!(
                text.starts_with(request.expected),
                "the server answered {}: {}",
                text.lines().next().unwrap_or_default(),
                String::from_utf8_lossy(&self.buffer[body])
            );
            return Ok(&self.buffer[body]);
        }
    }
}

/// The body of one GET.
pub async fn body(server: SocketAddr, path: &str) -> Result<Vec<u8>> {
    Ok(Connection::open(server).await?.exchange(&Request::get(path)).await?.to_vec())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
