//! What has to be asked for, and is asked for now and then: how long a connection takes to come by, how large the database is.

use std::time::{Duration, Instant};

use anyhow::Result;
use prometheus::{Histogram, HistogramOpts, IntGauge, Registry};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::upkeep::every;
use crate::wiring::Group;

/// Between two samples of the pool.
const ACQUIRE: Duration = Duration::from_secs(5);
/// Between two looks at the database's size.
const SIZES: Duration = Duration::from_mins(1);

/// The gauges of the database's size.
struct Sizes {
    database: IntGauge,
    log: IntGauge,
}

/// Starts the samples. `space` is what the database may fill, in bytes.
pub fn start(registry: &Registry, pool: &PgPool, space: u64, group: Group<'_>) -> Result<()> {
    let seconds = HistogramOpts::new(
        "daybook_database_acquire_seconds",
        "How long a connection of the pool took to come by, sampled every 5 s",
    );
    let seconds = Histogram::with_opts(seconds.buckets(vec![0.000_5, 0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 5.0]))?;
    registry.register(Box::new(seconds.clone()))?;
    let gauge = |name, help| {
        let gauge = IntGauge::new(name, help)?;
        registry.register(Box::new(gauge.clone()))?;
        Ok::<_, prometheus::Error>(gauge)
    };
    let sizes = Sizes {
        database: gauge("daybook_database_size_bytes", "Size of the database")?,
        log: gauge("daybook_log_size_bytes", "Size of the log in it: its events with their indexes")?,
    };
    gauge("daybook_database_space_bytes", "Size that the database may reach, as configured")?
        .set(i64::try_from(space).unwrap_or(i64::MAX));
    let (stop, tasks) = group;
    tasks.spawn(sample_pool(pool.clone(), seconds, stop.clone()));
    tasks.spawn(sample_sizes(pool.clone(), sizes, stop.clone()));
    Ok(())
}

async fn sample_pool(pool: PgPool, seconds: Histogram, stop: CancellationToken) {
    let mut samples = every(ACQUIRE);
    while stop.run_until_cancelled(samples.tick()).await.is_some() {
        let begun = Instant::now();
        let acquired = pool.acquire().await;
        // One that was not to be had counts as well, with the time that it was waited for.
        seconds.observe(begun.elapsed().as_secs_f64());
        if let Err(error) = acquired {
            tracing::warn!(%error, "no connection to the database could be had");
        }
    }
}

async fn sample_sizes(pool: PgPool, sizes: Sizes, stop: CancellationToken) {
    let mut looks = every(SIZES);
    let query = "SELECT pg_database_size(current_database()), pg_total_relation_size('events')";
    while stop.run_until_cancelled(looks.tick()).await.is_some() {
        let found = tokio::time::timeout(SIZES / 2, sqlx::query_as::<_, (i64, i64)>(query).fetch_one(&pool)).await;
        match found.map_err(anyhow::Error::from).and_then(|found| Ok(found?)) {
            Ok((database, log)) => {
                sizes.database.set(database);
                sizes.log.set(log);
            }
            Err(error) => tracing::warn!(%error, "the database's size cannot be read"),
        }
    }
}
