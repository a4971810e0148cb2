//! A NATS of three servers loses the leader of its stream again and again while guests book.

use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use async_nats::jetstream::{Context, stream::Info};
use daybook_event_store::MasterKeys;
use daybook_testkit::{TestDatabase, TestNatsCluster};
use futures::StreamExt as _;
use futures::future::join_all;
use tokio::time::{sleep, timeout};

use crate::guests::{Consumer, Work};
use crate::support::agreement::{assert_equal_to_a_rebuild, assert_published};
use crate::support::log::Log;
use crate::support::node::Serve;
use crate::support::people::{Host, Offer};
use crate::support::streams::{jetstream, read};
use crate::support::{eventually, report, until};

/// How often the leader is killed.
const KILLS: usize = 2;
/// Hosts, each with a guest who books.
const HOSTS: usize = 4;
/// For how long a listener believes a silent server, while there is always news.
const PATIENCE: Duration = Duration::from_secs(2);

async fn events_stream(jetstream: &Context) -> Option<Info> {
    jetstream.get_stream("DAYBOOK").await.ok().map(|stream| stream.cached_info().clone())
}

/// The server that leads the stream, once all three have all of it.
async fn leader_of_three(jetstream: &Context) -> String {
    eventually("the stream is level on three servers", async || {
        let cluster = events_stream(jetstream).await?.cluster?;
        let level = cluster.replicas.iter().filter(|replica| replica.current && !replica.offline).count();
        cluster.leader.filter(|_| level == 2)
    })
    .await
}

/// Somebody who listens to JetStream all the while, and asks anew when it is silent.
async fn listen(jetstream: &Context, heard: &Mutex<Vec<(u64, String)>>) {
    loop {
        let start_sequence = heard.lock().unwrap().last().map_or(1, |(sequence, _)| sequence + 1);
        // While there is no leader, there is nobody to ask.
        if let Ok(Some(mut messages)) = timeout(PATIENCE, listening(jetstream, start_sequence)).await {
            while let Ok(Some(Ok(message))) = timeout(PATIENCE, messages.next()).await {
                let message = read(&message);
                heard.lock().unwrap().push((message.sequence, message.place));
            }
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn listening(jetstream: &Context, start_sequence: u64) -> Option<pull::Ordered> {
    let config = pull::OrderedConfig {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence },
        ..pull::OrderedConfig::default()
    };
    let stream = jetstream.get_stream("DAYBOOK").await.ok()?;
    stream.create_consumer(config).await.ok()?.messages().await.ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leader_of_the_stream_is_killed_and_every_event_is_there_once_and_in_order() {
    let (database, mut nats) = tokio::try_join!(TestDatabase::create(), TestNatsCluster::start()).unwrap();
    let serve = Serve {
        database_url: database.app_url(),
        nats_url: nats.service_url(),
        master_key: MasterKeys::generate("test").to_string(),
        rate_limit: false,
        more: vec![("DAYBOOK_JETSTREAM_REPLICAS", "3".to_owned())],
        listen: (Ipv4Addr::LOCALHOST, 0).into(),
        launcher: Vec::new(),
    };
    let (one, other) = tokio::join!(serve.start(), serve.start());
    let nodes = [one.http(), other.http()];
    let offers: Vec<Offer> =
        join_all((0..HOSTS).map(async |n| Host::register(&nodes[n % 2]).await.offer().await)).await;
    let log = Log::at(&database.app_url());
    let mut consumer = Consumer::new(Host::admin(&nodes[0], &database.app_url()).await);
    let (work, heard) = (Work::default(), Mutex::new(Vec::new()));
    let operator = jetstream(&nats.operator_urls()).await;

    let kills = async {
        let mut silences = Vec::new();
        for _ in 0..KILLS {
            let leader = leader_of_three(&operator).await;
            let before = (work.count(), heard.lock().unwrap().len());
            until("guests book, and it is heard", async || {
                work.count() > before.0 + 20 && heard.lock().unwrap().len() > before.1 + 20
            })
            .await;
            nats.server(&leader).unwrap().kill_9().await.unwrap();
            let killed = Instant::now();
            // What is committed now can only be heard from a new leader.
            let events = usize::try_from(log.events().await).unwrap() + 1;
            until("events flow again", async || heard.lock().unwrap().len() >= events).await;
            silences.push(killed.elapsed());
            nats.server(&leader).unwrap().restart().await.unwrap();
        }
        leader_of_three(&operator).await;
        work.stop();
        silences
    };
    let work_is_done = async {
        tokio::join!(
            join_all(offers.iter().map(|offer| work.book(offer))),
            join_all(offers.iter().enumerate().map(async |(n, offer)| work.look(&offer.at(&nodes[(n + 1) % 2])).await)),
            kills,
            consumer.follow(&work, &log),
        )
    };
    let (held, _, silences, ()) = tokio::select! {
        done = work_is_done => done,
        () = listen(&operator, &heard) => unreachable!("it listens for ever"),
    };
    let silences: Vec<Duration> = silences;
    let held: Vec<_> = held.into_iter().flatten().collect();
    let events = log.events().await;
    report(&format!(
        "{KILLS} leaders of the stream killed: events flowed again after {silences:.1?}; {} requests, {} of them failed; \
         {} bookings, the longest wait was {:.1?}; {} events",
        work.count(),
        work.failures.lock().unwrap().len(),
        held.len(),
        work.longest.lock().unwrap(),
        events,
    ));
    assert!(work.failures.lock().unwrap().is_empty(), "{:#?}", work.failures.lock().unwrap());

    assert_published(&nats.operator_urls(), &log).await;
    // Whoever listened has heard a beginning of it, without a gap or a repetition.
    let (heard, places) = (heard.into_inner().unwrap(), log.places_after("0-0").await);
    assert!(heard.len() > HOSTS * 20 * KILLS);
    for (number, (heard, place)) in (1..).zip(heard.iter().zip(&places)) {
        assert_eq!(heard, &(number, place.clone()));
    }
    assert_equal_to_a_rebuild(&serve, &log).await;
    let stream = events_stream(&operator).await.unwrap();
    assert_eq!((stream.config.num_replicas, stream.state.messages), (3, places.len() as u64));
    futures::stream::iter(&held).for_each_concurrent(8, |held| held.must_be_kept(&nodes[0])).await;
    for node in [one, other] {
        node.stop().await;
    }
}
