//! The storm: faults in the middle of load, and then the reckoning.

use std::time::Instant;

use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use serde_json::Value;

use crate::bookings::Bookings;
use crate::fault::{counted, inject, script};
use crate::guest::Guests;
use crate::ledger::{Ledger, Outcome, Request};
use crate::scene::{Offered, Scene};
use crate::support::people::Offer;
use crate::support::times::{at, later, tuesday};
use crate::support::{eventually, report, until};
use crate::{together, truth};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_every_crash_and_nothing_else_does() {
    let began = Instant::now();
    let rounds = usize::try_from(setting("DAYBOOK_FAULT_ROUNDS", 12)).unwrap();
    let seed = setting("DAYBOOK_FAULT_SEED", 20_261_120);
    let mut scene = Scene::set().await;
    let ledger = Ledger::new();
    let guests = Guests::begin(&scene, &ledger, seed);
    let (faults, mut random) = (script(rounds, seed), SmallRng::seed_from_u64(seed));
    for fault in &faults {
        inject(&mut scene, *fault, &ledger, &mut random).await;
    }
    guests.end().await;
    let counts = ledger.counts();
    report(&format!(
        "faults: seed {seed}, {rounds} rounds in {:.0} s: {:?}",
        began.elapsed().as_secs_f64(),
        counted(&faults)
    ));

    // What nobody knows has one end, whoever asks and however often.
    let unknown = std::mem::take(&mut ledger.entries().unknown);
    let (mut had_happened, mut happened_now, mut refused) = (0, 0, 0);
    for request in &unknown {
        match resolve(&scene, &ledger, request).await {
            Outcome::Done { replayed: true, .. } => had_happened += 1,
            Outcome::Done { .. } => happened_now += 1,
            _ => refused += 1,
        }
    }
    let (complaints, expected) = ledger.read();
    assert!(complaints.is_empty(), "{} complaints: {complaints:#?}", complaints.len());

    // The log says what guests were told, no more and no less.
    let log = scene.log();
    let events = truth::events(&log).await;
    truth::assert_dense(&events);
    let bookings = Bookings::logged(&events);
    let logged = bookings.whole();
    assert_eq!(logged.len(), expected.len(), "bookings in the log, and acknowledged");
    for (id, booking) in &expected {
        assert_eq!(logged.get(id), Some(booking), "{id}");
    }
    together::assert_appended_together(&events);
    let in_turn = together::assert_assigned(&events);
    bookings.assert_reserved(&log).await;

    // So do the read models, and the streams.
    truth::until_level(&scene).await;
    assert_eq!(log.overlaps().await, (0, 0));
    assert_eq!(Bookings::shown(&log).await, bookings);
    truth::assert_published(&scene, &events).await;
    let rows = truth::assert_equal_to_a_rebuild(&scene, &log).await;
    until_nodes_agree(&scene).await;
    for node in scene.nodes.iter().flatten() {
        assert_eq!(node.http().get("/health/ready").await.ok(), serde_json::json!({"status": "ready"}));
    }
    report(&format!(
        "faults: {} requests done, {} refused, {} in doubt ({} about collective meetings) of which {had_happened} had \
         happened, {happened_now} happened when repeated and {refused} were refused; {} bookings, of which {} collective, each \
         in the calendars of all of its hosts, and {in_turn} in turn; {} events in the log and each of two streams once and in \
         order, {rows} rows equal to a rebuild, 0 overlaps; {:.0} s",
        counts.done,
        counts.refused,
        unknown.len(),
        unknown.iter().filter(|request| request.is_collective).count(),
        expected.len(),
        expected.values().filter(|booking| booking.hosts.len() > 1).count(),
        events.len(),
        began.elapsed().as_secs_f64(),
    ));

    // JetStream loses everything, and gets it back from the log.
    scene.nats.wipe_store().await.unwrap();
    scene.nats.restart().await.unwrap();
    truth::assert_published(&scene, &events).await;
    let booked = offer(&scene, 0, &scene.offers[0]).book(&at(later(tuesday(), 14), "09:00")).await;
    truth::assert_published(&scene, &truth::events(&log).await).await;
    truth::until_level(&scene).await;
    assert!(Bookings::shown(&log).await.whole().contains_key(&booked.id));
    until_nodes_agree(&scene).await;
    until("all is healthy", async || {
        let health = scene.doors.get(0).get("/health").await;
        health.status == 200 && health.ok()["status"] == "healthy"
    })
    .await;
    report(&format!(
        "faults: JetStream's store was deleted and healed from the log; {:.0} s",
        began.elapsed().as_secs_f64()
    ));
}

/// Sends a request again until it is answered, and once more at each node: the end must be the same.
async fn resolve(scene: &Scene, ledger: &Ledger, request: &Request) -> Outcome {
    let ask = async |node| {
        eventually("a request in doubt is answered", async || {
            match request.judge(&request.send(&scene.doors.get(node)).await) {
                Ok(Outcome::Unknown) => None,
                Ok(outcome) => Some(outcome),
                Err(complaint) => panic!("{complaint}"),
            }
        })
        .await
    };
    let outcome = ask(0).await;
    ledger.note(request, &outcome);
    for node in [1, 0] {
        match (&outcome, ask(node).await) {
            (Outcome::Done { body, .. }, Outcome::Done { body: again, replayed }) => {
                let told = |body: &Value| body.get("booking").unwrap_or(body).clone();
                assert!(replayed && told(body) == told(&again), "{request:?}: {body} and then {again}");
            }
            (Outcome::Refused(code), Outcome::Refused(again)) => assert_eq!(*code, again, "{request:?}"),
            (first, again) => panic!("{request:?}: {first:?} and then {again:?}"),
        }
    }
    outcome
}

fn offer(scene: &Scene, node: usize, offered: &Offered) -> Offer {
    Offer { http: scene.doors.get(node), id: offered.id.clone() }
}

/// Both nodes offer the same times, at each of which as many hosts are free as it takes.
async fn until_nodes_agree(scene: &Scene) {
    let log = scene.log();
    for offered in &scene.offers {
        until("both nodes offer what is free", async || {
            let (mut all, days) = (Vec::new(), [tuesday(), later(tuesday(), 1)]);
            for node in [0, 1] {
                let offer = offer(scene, node, offered);
                let slots = [offer.slots(days[0]).await, offer.slots(days[1]).await].concat();
                all.push(slots);
            }
            let may_be_taken = i64::try_from(offered.hosts.len() - offered.takes).unwrap();
            let query = "SELECT count(*) FROM unnest($2::text[]) AS slot (start)
                         WHERE (SELECT count(*) FROM reservations
                                WHERE host_id = ANY ($1::text[]::uuid[]) AND during @> start::timestamptz) > $3";
            let query = sqlx::query_scalar(query).bind(&offered.hosts).bind(&all[0]).bind(may_be_taken);
            let taken: i64 = query.fetch_one(&log.0).await.unwrap();
            all[0] == all[1] && taken == 0
        })
        .await;
    }
}
