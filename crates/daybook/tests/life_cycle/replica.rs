//! A streaming replica: reads go there as long as it is new enough, and it can take over (O4, V8).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use daybook_event_store::MasterKeys;
use daybook_testkit::{Role, TestNats, TestPostgres};
use futures::future::join_all;
use sqlx::{Connection as _, PgConnection};

use crate::restore::serve;
use crate::support::agreement::{assert_equal_to_a_rebuild, assert_published};
use crate::support::log::Log;
use crate::support::node::{Node, Serve};
use crate::support::people::{Booked, Host, Offer};
use crate::support::times::{at, later, tuesday};
use crate::support::{eventually, until};

const DATABASE: &str = "daybook";

async fn run(server: &TestPostgres, sql: &str) {
    let mut superuser = PgConnection::connect(&server.url("postgres", Role::Superuser)).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut superuser).await.unwrap();
}

/// A node that believes the replica for so long.
fn with_replica(serve: &Serve, replica: &TestPostgres, seconds: &str) -> Serve {
    let url = replica.url(DATABASE, Role::Application);
    let more = vec![("DATABASE_REPLICA_URL", url), ("DAYBOOK_REPLICA_MAX_STALENESS", seconds.to_owned())];
    Serve { more, ..serve.clone() }
}

async fn reads(node: &Node, outcome: &str) -> f64 {
    node.metric(&format!("daybook_replica_reads_total{{outcome=\"{outcome}\"}}")).await.unwrap()
}

/// Waits until the node finds its replica as it should be.
async fn until_replica_is(node: &Node, status: &str) {
    until(&format!("the replica is {status}"), async || {
        let health = node.operator().get("/health/detailed").await.json(200);
        health["checks"]["replica"]["status"] == status
    })
    .await;
}

/// How many bookings a node lists of a host.
async fn listed(node: &Node, host: &Host) -> usize {
    host.at(&node.http()).http.get("/api/bookings").await.ok()["items"].as_array().unwrap().len()
}

async fn offer(node: &Node) -> (Host, Offer) {
    let host = Host::register(&node.http()).await;
    let offer = host.offer().await;
    (host, offer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_is_read_while_it_is_new_enough_and_never_shows_a_time_that_is_known_to_be_taken() {
    let (primary, nats) = tokio::try_join!(TestPostgres::start(), TestNats::start()).unwrap();
    primary.prepare_database(DATABASE).await.unwrap();
    let mut replica = primary.replicate().await.unwrap();
    let serve = serve(&primary, &nats, &MasterKeys::generate("test"));
    let [patient, strict] = ["60", "0.5"].map(|seconds| with_replica(&serve, &replica, seconds));
    let (one, other, strict) = tokio::join!(patient.start(), patient.start(), strict.start());
    for node in [&one, &other, &strict] {
        until_replica_is(node, "healthy").await;
    }

    // What is not in memory comes from the replica once it has it.
    eventually("the replica serves", async || {
        let (host, offer) = offer(&one).await;
        until("all of it is replayed", async || host.at(&other.http()).http.get("/api/bookings").await.status == 200)
            .await;
        assert_eq!(offer.at(&other.http()).slots(tuesday()).await.len(), 16);
        (reads(&other, "served").await >= 2.0).then_some(())
    })
    .await;

    // Its clock stands still. A booking is gone at once where it was taken, and elsewhere as soon as that is heard of.
    let calendars = join_all((0..6).map(|_| offer(&one))).await;
    let log = Log::at(&replica.url(DATABASE, Role::Application));
    until("the replica has the calendars", async || {
        let query = "SELECT count(*) FROM read_models.availability_hosts WHERE version >= 2";
        sqlx::query_scalar::<_, i64>(query).fetch_one(&log.0).await.unwrap() >= 7
    })
    .await;
    run(&replica, "SELECT pg_wal_replay_pause()").await;
    let behind = reads(&other, "behind").await;
    let start = at(tuesday(), "09:00");
    for (host, offer) in &calendars {
        let booked = offer.book(&start).await;
        assert!(!offer.offers(&start).await, "at once where it was taken");
        assert_eq!(host.http.get("/api/bookings").await.ok()["items"], serde_json::json!([booked.answer["booking"]]));
        for node in [&other, &strict] {
            let elsewhere = offer.at(&node.http());
            let told = tokio::time::Instant::now();
            until("the other node has heard of it", async || !elsewhere.offers(&start).await).await;
            assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
            assert_eq!(elsewhere.check(&start).await["available"], false);
        }
    }
    assert!(reads(&other, "behind").await > behind, "the replica was asked, and was behind");
    until_replica_is(&strict, "degraded").await;
    let stale = reads(&strict, "stale").await;
    let (_, new) = offer(&one).await;
    until("a host whom the replica does not know", async || new.at(&strict.http()).slots(tuesday()).await.len() == 16)
        .await;
    assert!(reads(&strict, "stale").await > stale, "the replica was not asked");

    // A node that was not there when the bookings were made has heard of none of them.
    let late = patient.start().await;
    for (_, offer) in &calendars {
        assert!(!offer.at(&late.http()).offers(&start).await, "not even for a moment");
    }
    assert!(reads(&late, "served").await < 1.0 && reads(&late, "stale").await > 0.0);
    late.stop().await;

    // It goes on, and is read again.
    run(&replica, "SELECT pg_wal_replay_resume()").await;
    until_replica_is(&strict, "healthy").await;
    let served = reads(&strict, "served").await;
    for (host, _) in &calendars {
        assert_eq!(listed(&strict, host).await, 1);
    }
    assert!(reads(&strict, "served").await > served);

    // It is lost: nobody notices, but for the health.
    log.0.close().await;
    replica.kill_9().await.unwrap();
    for (host, offer) in &calendars {
        let start = at(later(tuesday(), 1), "09:00");
        offer.book(&start).await;
        assert_eq!(listed(&one, host).await, 2, "at once where it was taken");
        until("the other node lists it", async || listed(&strict, host).await == 2).await;
        until("every node shows it", async || !offer.at(&strict.http()).offers(&start).await).await;
    }
    until_replica_is(&strict, "degraded").await;
    assert_eq!(strict.http().get("/health/ready").await.status, 200);
    replica.restart().await.unwrap();
    until_replica_is(&strict, "healthy").await;
    for node in [one, other, strict] {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_database_is_not_taken_for_the_replica() {
    let (primary, another, nats) =
        tokio::try_join!(TestPostgres::start(), TestPostgres::start(), TestNats::start()).unwrap();
    primary.prepare_database(DATABASE).await.unwrap();
    another.prepare_database(DATABASE).await.unwrap();
    let serve = serve(&primary, &nats, &MasterKeys::generate("test"));
    let mut node = with_replica(&serve, &another, "2").start().await;
    node.program.until_said("it is a replica of another database cluster").await;
    let (host, offer) = offer(&node).await;
    offer.book(&at(tuesday(), "09:00")).await;
    assert_eq!(listed(&node, &host).await, 1);
    assert!(reads(&node, "served").await < 1.0 && reads(&node, "stale").await > 0.0);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synchronous_replica_takes_over_and_nothing_that_was_acknowledged_is_lost() {
    let (mut primary, nats) = tokio::try_join!(TestPostgres::start(), TestNats::start()).unwrap();
    primary.prepare_database(DATABASE).await.unwrap();
    let replica = primary.replicate().await.unwrap();
    run(&primary, "ALTER SYSTEM SET synchronous_standby_names = '*'").await;
    run(&primary, "SELECT pg_reload_conf()").await;
    let log = Log::at(&primary.url(DATABASE, Role::Superuser));
    until("the replica is synchronous", async || {
        let query = "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')";
        sqlx::query_scalar(query).fetch_one(&log.0).await.unwrap()
    })
    .await;
    log.0.close().await;
    let master_key = MasterKeys::generate("test").to_string();
    let before = with_replica(&serve(&primary, &nats, &master_key), &replica, "2").start().await;
    let calendars = join_all((0..4).map(|_| offer(&before))).await;

    // Guests book until the primary is gone.
    let starts: Vec<String> = (0..5)
        .flat_map(|day| (18..34).map(move |half| (later(tuesday(), day), half)))
        .map(|(day, half)| at(day, &format!("{:02}:{:02}", half / 2, half % 2 * 30)))
        .collect();
    let count = AtomicUsize::new(0);
    let booking = calendars.iter().map(|(_, offer)| async {
        let mut acknowledged = Vec::new();
        for start in &starts {
            match offer.request(start).attempt().await {
                Ok(reply) if reply.status == 201 => {
                    acknowledged.push(Booked::of(&offer.http, &reply));
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Ok(reply) if reply.status == 422 => {}
                _ => break,
            }
        }
        acknowledged
    });
    let (acknowledged, ()) = tokio::join!(join_all(booking), async {
        until("they are in the middle of it", async || count.load(Ordering::Relaxed) >= 20).await;
        primary.kill_9().await.unwrap();
    });
    let acknowledged: Vec<Booked> = acknowledged.into_iter().flatten().collect();
    drop(before);

    run(&replica, "SELECT pg_promote()").await;
    let serve = serve(&replica, &nats, &master_key);
    let after = serve.start().await;
    for booked in &acknowledged {
        let shown = Booked { http: after.http(), ..booked.clone() }.show().await;
        assert_eq!(shown["booking"]["id"], booked.answer["booking"]["id"]);
    }
    let mut again = None;
    for (_, offer) in &calendars {
        let free = offer.at(&after.http());
        let start =
            eventually("a time is free", async || free.slots(later(tuesday(), 7)).await.into_iter().next()).await;
        again = Some(free.book(&start).await);
        assert!(!free.offers(&start).await);
    }
    assert_eq!(again.unwrap().cancel().await.ok()["status"], "cancelled");
    let log = Log::at(&replica.url(DATABASE, Role::Application));
    assert_published(&[nats.operator_url()], &log).await;
    assert_eq!(log.overlaps().await, (0, 0));
    assert_equal_to_a_rebuild(&serve, &log).await;
    crate::support::report(&format!("{} bookings were acknowledged before the primary was killed", acknowledged.len()));
    after.stop().await;
}
