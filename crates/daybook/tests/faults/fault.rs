//! What is killed, and when it comes back.

use std::collections::BTreeMap;

use rand::rngs::SmallRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::ledger::Ledger;
use crate::scene::Scene;
use crate::support::until;

/// What is killed at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    OneNode,
    OtherNode,
    BothNodes,
    Postgres,
    Nats,
    PostgresAndNats,
    NodeAndNats,
    NodeAndPostgres,
    Everything,
}

impl Fault {
    const ALL: [Self; 9] = [
        Self::OneNode,
        Self::OtherNode,
        Self::BothNodes,
        Self::Postgres,
        Self::Nats,
        Self::PostgresAndNats,
        Self::NodeAndNats,
        Self::NodeAndPostgres,
        Self::Everything,
    ];

    const fn nodes(self) -> &'static [usize] {
        match self {
            Self::OneNode | Self::NodeAndNats => &[0],
            Self::OtherNode | Self::NodeAndPostgres => &[1],
            Self::BothNodes | Self::Everything => &[0, 1],
            Self::Postgres | Self::Nats | Self::PostgresAndNats => &[],
        }
    }

    const fn kills_postgres(self) -> bool {
        matches!(self, Self::Postgres | Self::PostgresAndNats | Self::NodeAndPostgres | Self::Everything)
    }

    const fn kills_nats(self) -> bool {
        matches!(self, Self::Nats | Self::PostgresAndNats | Self::NodeAndNats | Self::Everything)
    }
}

/// So many faults in an order that the seed decides; each kind comes before any comes again.
pub(crate) fn script(rounds: usize, seed: u64) -> Vec<Fault> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut faults = Vec::new();
    while faults.len() < rounds {
        let mut deck = Fault::ALL;
        deck.shuffle(&mut random);
        faults.extend(deck);
    }
    faults.truncate(rounds);
    faults
}

/// Kills in the middle of load, waits until it has been noticed, and starts again what was killed.
pub(crate) async fn inject(scene: &mut Scene, fault: Fault, ledger: &Ledger, random: &mut SmallRng) {
    let before = ledger.counts().done;
    let some = random.random_range(20..60);
    ledger.until("there is load", |counts| counts.done >= before + some).await;

    for node in fault.nodes() {
        scene.nodes[*node].take().unwrap().program.kill_9();
    }
    if fault.kills_postgres() {
        scene.postgres.kill_9().await.unwrap();
    }
    if fault.kills_nats() {
        scene.nats.kill_9().await.unwrap();
    }
    let noticed = ledger.counts();
    if fault == Fault::Nats {
        // Bookings are taken all the same, and nodes say so.
        ledger.until("bookings go on without NATS", |counts| counts.done >= noticed.done + 30).await;
        for node in scene.nodes.iter().flatten() {
            assert_eq!(node.http().get("/health/ready").await.status, 200, "a booking could be made");
        }
    } else {
        ledger.until(&format!("guests notice {fault:?}"), |counts| counts.stumbles >= noticed.stumbles + 3).await;
    }
    if fault.kills_postgres() {
        for node in scene.nodes.iter().flatten() {
            until("a node says that no booking could be made", async || {
                let reply = node.http().get("/health/ready").await;
                reply.status == 503 && reply.problem(503, "UNAVAILABLE")["status"] == 503
            })
            .await;
        }
    }

    let nats_comes_last = random.random_bool(0.5);
    if fault.kills_nats() && !nats_comes_last {
        scene.nats.restart().await.unwrap();
    }
    if fault.kills_postgres() {
        scene.postgres.restart().await.unwrap();
    }
    for node in fault.nodes() {
        scene.start_node(*node).await;
    }
    scene.until_ready().await;
    if fault.kills_nats() && nats_comes_last {
        scene.nats.restart().await.unwrap();
    }
}

/// How often each fault was injected, for the report.
pub(crate) fn counted(faults: &[Fault]) -> BTreeMap<Fault, usize> {
    let mut counts = BTreeMap::new();
    for fault in faults {
        *counts.entry(*fault).or_default() += 1;
    }
    counts
}
