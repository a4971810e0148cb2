//! What a node that has 100,000 hosts in its cache takes of memory.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use daybook_testkit::Role;

use super::rebuild::rebuild_all;
use super::scale::ask_each_once;
use crate::cpu::{Meter, resident};
use crate::deployment::{Deployment, Roles};
use crate::report::{Goal, Percentiles, Report};
use crate::world::histories;

/// How long asking for all of them may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// Measures GiB after each of so many hosts has been asked for.
pub async fn measure(hosts: u64) -> Result<Report> {
    let deployment = Deployment::start().await?;
    let pool = deployment.pool(Role::Application, 8).await?;
    let written = histories::write(0..hosts, &pool, deployment.master_keys()?).await?;
    let meter = Meter::own("load").and("PostgreSQL", deployment.postgres.pid());
    rebuild_all(&deployment, &pool, &meter).await?;
    pool.close().await;
    let node = deployment.node(Roles::Api).await?;
    let meter = meter.and("daybook", node.pid());
    let pid = node.pid().context("the node runs")?;
    let (empty, before) = (resident(pid)?, meter.read()?);

    let turn = ask_each_once(&node, hosts, PATIENCE).await?;
    ensure!(turn.operations == hosts, "only {} of {hosts} hosts could be asked for", turn.operations);
    let (full, cpu) = (resident(pid)?, meter.read()?.since(&before));
    node.stop().await?;
    deployment.stop().await?;

    Ok(Report {
        percentiles: Some(Percentiles::from(&turn.latencies)),
        cpu_seconds: cpu,
        ..Report::new("memory", gib(full), "GiB")
    }
    .goal(Goal::at_most(format!("GiB with {hosts} hosts cached"), gib(full), 1.5))
    .note(format!("{:.3} GiB before the first request; {} events, {} bookings", gib(empty), written.events, {
        written.bookings
    }))
    .note(format!("every host asked for once, a week each: {:.0} cache misses/s over HTTP", turn.rate())))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub fn gib(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0 * 1024.0)
}
