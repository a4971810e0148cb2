//! Nodes behind nginx are restarted one after the other, and nobody notices.

use std::time::{Duration, Instant};

use daybook_testkit::Port;
use futures::StreamExt as _;
use futures::future::join_all;

use crate::guests::{Consumer, Work};
use crate::support::deployment::Deployment;
use crate::support::nginx::Nginx;
use crate::support::node::{Node, Serve};
use crate::support::people::{Host, Offer};
use crate::support::{report, until};

/// How often each node is restarted.
const ROUNDS: usize = 2;
/// Hosts, each with a guest who books and two who look.
const HOSTS: usize = 6;

/// How many requests a node has answered.
async fn answered(node: &Node) -> f64 {
    node.metric("daybook_http_responses_total{status=\"2xx\"}").await.unwrap_or(0.0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_behind_nginx_are_restarted_in_turn_and_no_request_fails() {
    let deployment = Deployment::create().await;
    let ports = [Port::free().unwrap(), Port::free().unwrap()];
    let serve = |index: usize| {
        let listen = ([127, 0, 0, 1], Port::number(&ports[index])).into();
        let more = vec![("DAYBOOK_TRUSTED_PROXIES", "127.0.0.1".to_owned())];
        Serve { listen, more, ..deployment.serve() }
    };
    let (one, other) = (serve(0), serve(1));
    let (first, second) = tokio::join!(one.start(), other.start());
    let mut nodes = [Some(first), Some(second)];
    let nginx = Nginx::before([&ports[0], &ports[1]]).await;
    let http = nginx.http();
    let offers: Vec<Offer> = join_all((0..HOSTS).map(async |_| Host::register(&http).await.offer().await)).await;
    let (work, log) = (Work::default(), deployment.log());
    let mut consumer = Consumer::new(Host::admin(&http, &deployment.database.app_url()).await);

    let restarts = async {
        let begun = Instant::now();
        let mut stopping = Vec::new();
        for round in 0..ROUNDS * 2 {
            let index = round % 2;
            let before = work.count();
            until("the work goes on", async || work.count() > before + 50).await;
            let stopped = Instant::now();
            nodes[index].take().unwrap().stop().await;
            stopping.push(stopped.elapsed());
            let node = [&one, &other][index].start().await;
            // As an operator would before the next one: nginx asks it again.
            until("nginx asks it again", async || answered(&node).await > 50.0).await;
            nodes[index] = Some(node);
        }
        work.stop();
        (begun.elapsed(), stopping)
    };
    let (held, _, (took, stopping), ()) = tokio::join!(
        join_all(offers.iter().map(|offer| work.book(offer))),
        join_all(offers.iter().chain(&offers).map(|offer| work.look(offer))),
        restarts,
        consumer.follow(&work, &log),
    );

    let held: Vec<_> = held.into_iter().flatten().collect();
    let (asked, repeated) = nginx.asked();
    let stopping: Duration = stopping.iter().sum::<Duration>() / u32::try_from(stopping.len()).unwrap();
    report(&format!(
        "{} restarts in {took:.1?} under load: {asked} requests, {repeated} asked of the other node too, {} failed; \
         {} bookings; the event stream ended {} times; a node stopped in {stopping:.1?}; the longest wait was {:.1?}",
        ROUNDS * 2,
        work.failures.lock().unwrap().len(),
        held.len(),
        consumer.ends,
        work.longest.lock().unwrap(),
    ));
    assert!(work.failures.lock().unwrap().is_empty(), "{:#?}\n{}", work.failures.lock().unwrap(), nginx.errors());
    assert!(repeated > 0 && consumer.ends >= ROUNDS && held.len() >= HOSTS);
    futures::stream::iter(&held).for_each_concurrent(8, |held| held.must_be_kept(&http)).await;
    assert_eq!(log.overlaps().await, (0, 0));
    for node in nodes.into_iter().flatten() {
        node.stop().await;
    }
}
