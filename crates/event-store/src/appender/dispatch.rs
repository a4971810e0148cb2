//! The appender's task: hands what is waiting to whichever connection is free.

use std::collections::VecDeque;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::AppenderOptions;
use super::attempt::Link;
use super::batch::{self, Member};
use super::settle::settle;
use crate::metrics::EventStoreMetrics;
use crate::wakeup::Waker;

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
            () = token.cancelled(), if !arrivals.is_closed() => arrivals.close(),
        }
        while !queue.is_empty()
            && let Some(link) = free.pop()
        {
            let batch = batch::take(&mut queue, &options);
            under_way.push(settle(link, batch, &metrics, &waker));
        }
    }
    for link in free {
        link.close().await;
    }
}
