//! Open loop: requests come at a constant rate, whether or not those before have been answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use super::{Connection, Request};
use crate::turn::{Recorder, Turn};

/// Sends `rate` requests a second for so long, over so many connections. Latency counts from the moment at which a request
/// should have been sent: one that has to wait for a connection waits at the server's expense.
pub async fn at_constant_rate(
    server: SocketAddr,
    connections: usize,
    rate: u32,
    turn: Duration,
    next: impl Fn(u32) -> Result<Arc<Request>> + Clone + Send + 'static,
) -> Result<Turn> {
    let (begun, sent) = (Instant::now(), Arc::new(AtomicU32::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (next, sent) = (next.clone(), Arc::clone(&sent));
        tasks.spawn(async move {
            let mut connection = Connection::open(server).await?;
            let mut recorder = Recorder::new(begun);
            loop {
                let number = sent.fetch_add(1, Ordering::Relaxed);
                let intended = Duration::from_secs(1) * number / rate;
                if intended >= turn {
                    return anyhow::Ok(recorder);
                }
                let request = next(number)?;
                sleep_until((begun + intended).into()).await;
                connection.exchange(&request).await?;
                recorder.record(begun + intended);
            }
        });
    }
    Recorder::gather(begun, tasks).await
}
