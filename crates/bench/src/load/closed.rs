//! Closed loop: so many at once, each followed by the next.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use super::{Connection, Request};
use crate::turn::{Recorder, Turn};

/// Keeps so many requests under way for so long, each over a connection of its own. `next` makes the requests.
pub async fn keep_in_flight(
    server: SocketAddr,
    connections: usize,
    turn: Duration,
    next: impl Fn() -> Result<Arc<Request>> + Clone + Send + 'static,
) -> Result<Turn> {
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let next = next.clone();
        tasks.spawn(async move {
            let mut connection = Connection::open(server).await?;
            let mut recorder = Recorder::new(begun);
            while begun.elapsed() < turn {
                let request = next()?;
                let sent = Instant::now();
                connection.exchange(&request).await?;
                recorder.record(sent);
            }
            anyhow::Ok(recorder)
        });
    }
    Recorder::gather(begun, tasks).await
}
