//! Filling the read models again from the log: against COPY of the same rows into tables of the same shape.

use std::time::{Duration, Instant};

use anyhow::Result;
use daybook_event_store::{Codec, Feed, SubjectKeys};
use daybook_projections::Projection;
use daybook_projections::availability::AvailabilityProjection;
use daybook_projections::bookings::BookingsProjection;
use daybook_projections::rebuild::rebuild;
use daybook_testkit::Role;
use futures::TryStreamExt;
use sqlx::{Executor, PgPool, Row};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cpu::{Meter, Used};
use crate::deployment::Deployment;
use crate::report::{Goal, Report};
use crate::world::histories;

/// Hosts for each second that the measurement may take.
const HOSTS_A_SECOND: u64 = 1_000;

/// Measures events per second, of both read models one after the other.
pub async fn measure(whole: Duration) -> Result<Report> {
    let deployment = Deployment::start().await?;
    let meter = Meter::own("program").and("PostgreSQL", deployment.postgres.pid());
    let pool = deployment.pool(Role::Application, 8).await?;
    let hosts = whole.as_secs().max(1) * HOSTS_A_SECOND;
    let written = histories::write(0..hosts, &pool, deployment.master_keys()?).await?;
    let rebuilt = rebuild_all(&deployment, &pool, &meter).await?;
    let copied = copy_all(&pool, &meter).await?;
    deployment.stop().await?;

    let events = rebuilt.events_per_second();
    let (ratio, rows) = (copied.took.as_secs_f64() / rebuilt.took.as_secs_f64(), copied.rows);
    Ok(Report {
        baseline_name: Some("COPY of the same rows"),
        baseline: Some(events / ratio),
        ratio: Some(ratio),
        cpu_seconds: rebuilt.cpu,
        baseline_cpu_seconds: copied.cpu,
        ..Report::new("rebuild", events, "events/s")
    }
    .goal(Goal::at_least("× COPY of the same rows", ratio, 0.1))
    .goal(Goal::at_least("events/s", events, 20_000.0))
    .note(format!(
        "{hosts} hosts, {} events, {} bookings; {:.1} s for both read models, {rows} rows; COPY {:.1} s",
        written.events,
        written.bookings,
        rebuilt.took.as_secs_f64(),
        copied.took.as_secs_f64()
    )))
}

/// A rebuild of both read models.
pub struct Rebuilt {
    /// Events that were read, those of one read model and those of the other.
    pub events: u64,
    /// How long it took.
    pub took: Duration,
    /// CPU time.
    pub cpu: Used,
}

impl Rebuilt {
    /// Events per second.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub fn events_per_second(&self) -> f64 {
        self.events as f64 / self.took.as_secs_f64()
    }
}

/// Rebuilds both read models.
pub async fn rebuild_all(deployment: &Deployment, pool: &PgPool, meter: &Meter) -> Result<Rebuilt> {
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let keys = SubjectKeys::start(pool.clone(), deployment.master_keys()?, stop.clone(), &tasks);
    let (feed, bookings) = (Feed::new(pool.clone()), BookingsProjection::new(Codec::new(keys)));
    let (begun, before) = (Instant::now(), meter.read()?);
    let availability = rebuild(pool, &feed, &AvailabilityProjection, &stop, |_| {}).await?;
    let bookings = rebuild(pool, &feed, &bookings, &stop, |_| {}).await?;
    let (took, cpu) = (begun.elapsed(), meter.read()?.since(&before));
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    Ok(Rebuilt { events: availability.events + bookings.events, took, cpu })
}

struct Copied {
    rows: u64,
    took: Duration,
    cpu: Used,
}

/// Copies what a rebuild wrote into empty tables with the same columns, constraints and indexes.
async fn copy_all(pool: &PgPool, meter: &Meter) -> Result<Copied> {
    let mut copied = Copied { rows: 0, took: Duration::ZERO, cpu: Used::default() };
    for table in [AvailabilityProjection::TABLES, BookingsProjection::TABLES].concat() {
        let mut chunks = Vec::new();
        let mut connection = pool.acquire().await?;
        connection.execute("SET ROLE daybook_app").await?;
        let mut out = connection.copy_out_raw(&format!("COPY (SELECT * FROM read_models.{table}) TO STDOUT")).await?;
        while let Some(chunk) = out.try_next().await? {
            chunks.push(chunk);
        }
        drop(out);
        // LIKE leaves out what a partitioned table is: that its rows go to one partition costs COPY next to nothing.
        let make = format!("CREATE TABLE read_models_rebuild.copied (LIKE read_models.{table} INCLUDING ALL)");
        connection.execute(make.as_str()).await?;
        let (begun, before) = (Instant::now(), meter.read()?);
        let mut sink = connection.copy_in_raw("COPY read_models_rebuild.copied FROM STDIN").await?;
        for chunk in chunks {
            sink.send(chunk).await?;
        }
        copied.rows += sink.finish().await?;
        copied.took += begun.elapsed();
        copied.cpu.add(&meter.read()?.since(&before));
        connection.execute("DROP TABLE read_models_rebuild.copied").await?;
        connection.execute("RESET ROLE").await?;
    }
    Ok(copied)
}

/// Bytes that the database takes on disk: all of it, and the events alone.
pub async fn sizes(pool: &PgPool) -> Result<(u64, u64)> {
    let row = sqlx::query("SELECT pg_database_size(current_database()), pg_total_relation_size('events')");
    let row = row.fetch_one(pool).await?;
    Ok((row.try_get::<i64, _>(0)?.cast_unsigned(), row.try_get::<i64, _>(1)?.cast_unsigned()))
}
