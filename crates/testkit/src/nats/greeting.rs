//! What a NATS server says to whoever connects, by which we know that it is ready and that it is ours.

use std::{net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpStream,
    time::timeout,
};

/// Whether a JetStream server of this name answers on the port.
pub(crate) async fn is_from(name: &str, port: u16) -> bool {
    let Ok(Some(greeting)) = timeout(Duration::from_secs(1), read(port)).await else { return false };
    greeting.starts_with("INFO ")
        && greeting.contains(&format!("\"server_name\":\"{name}\""))
        && greeting.contains("\"jetstream\":true")
}

async fn read(port: u16) -> Option<String> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await.ok()?;
    Some(line)
}
