//! The streaming replica, as a node uses and shows it (O4).

use anyhow::Result;
use daybook_api::health::Probe;
use daybook_projections::{Replica, ReplicaRead};
use prometheus::{IntCounterVec, Opts, Registry};

use crate::node::NodeConfiguration;

/// The replica, if there is one.
pub fn connect(configuration: &NodeConfiguration, registry: &Registry) -> Result<Option<Replica>> {
    let connections = configuration.database.database_connections;
    let Some(pool) = configuration.replica.connect_lazily(connections)? else { return Ok(None) };
    let help = "Reads that the replica could have served, by what came of them";
    let reads = IntCounterVec::new(Opts::new("daybook_replica_reads_total", help), &["outcome"])?;
    for outcome in ReplicaRead::ALL {
        reads.with_label_values(&[outcome.as_str()]);
    }
    registry.register(Box::new(reads.clone()))?;
    let count = move |outcome: ReplicaRead| reads.with_label_values(&[outcome.as_str()]).inc();
    Ok(Some(Replica::new(pool, configuration.replica.replica_max_staleness, count)))
}

/// What health asks: bookings are made, and calendars shown, without the replica.
pub fn probe(replica: Replica) -> Probe {
    Probe::supporting("replica", move || {
        let usable = replica.is_usable();
        async move { if usable { Ok(()) } else { Err("the replica does not answer, or is behind by more than the bound") } }
    })
}
