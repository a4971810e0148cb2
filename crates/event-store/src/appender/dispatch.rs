//! The appender's task: hands what is waiting to whichever connection is free.

use std::collections::VecDeque;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::AppenderOptions;
use super::attempt::Link;
use super::batch::{self, Member};
use super::settle::settle;
use crate::metrics::EventStoreMetrics;
use crate::wakeup::Waker;

/// Appends that are worth a statement of their own beside one that is under way. Fewer wait for it to end, since a statement
/// costs more than its appends do...
const WORTH_A_STATEMENT: usize = 24;
/// ... but not for longer than this: it may have got into trouble.
const WAIT_FOR_COMPANY: Duration = Duration::from_millis(5);

/// Runs until `token` is cancelled and everything that was taken on until then is answered.
pub(super) async fn run(
    mut arrivals: mpsc::Receiver<Member>,
    mut free: Vec<Link>,
    options: AppenderOptions,
    metrics: EventStoreMetrics,
    waker: Waker,
    token: CancellationToken,
) {
    let mut queue = VecDeque::new();
    let mut arrived = Vec::new();
    let mut under_way = FuturesUnordered::new();
    let mut open = true;
    let mut last_sent = Instant::now();
    while open || !queue.is_empty() || !under_way.is_empty() {
        tokio::select! {
            Some(link) = under_way.next() => free.push(link),
            // While every connection is busy, the channel is left to fill up: that is the back-pressure.
            count = arrivals.recv_many(&mut arrived, options.streams), if open && queue.len() < options.streams => {
                open = count > 0;
                queue.extend(arrived.drain(..));
                // Commands come in bursts, set free by the answer to the last statement. A statement of the burst's first
                // alone would cost as much as one of all of them, so they are let in before it is sent.
                tokio::task::yield_now().await;
                while queue.len() < options.streams
                    && let Ok(member) = arrivals.try_recv()
                {
                    queue.push_back(member);
                }
            }
            () = sleep_until(last_sent + WAIT_FOR_COMPANY), if !queue.is_empty() && !free.is_empty() => {}
            () = token.cancelled(), if !arrivals.is_closed() => arrivals.close(),
        }
        while !queue.is_empty()
            && (queue.len() >= WORTH_A_STATEMENT.min(options.streams)
                || under_way.is_empty()
                || last_sent.elapsed() >= WAIT_FOR_COMPANY)
            && let Some(link) = free.pop()
        {
            last_sent = Instant::now();
            let batch = batch::take(&mut queue, &options);
            under_way.push(settle(link, batch, &metrics, &waker));
        }
    }
    for link in free {
        link.close().await;
    }
}
