//! What is read anew at every scrape: the connections to the database, the runtime, the process, and what this build is.

use std::fmt;

use anyhow::Result;
use daybook_domain::zone::zone_data_version;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, IntGaugeVec, Opts, Registry};
use sqlx::PgPool;
use tokio::runtime::{Handle, RuntimeMetrics};

type Read = Box<dyn Fn() -> f64 + Send + Sync>;

/// A gauge that is read when somebody looks.
struct AtScrape {
    gauge: Gauge,
    read: Read,
}

impl Collector for AtScrape {
    fn desc(&self) -> Vec<&Desc> {
        self.gauge.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.gauge.set((self.read)());
        self.gauge.collect()
    }
}

impl fmt::Debug for AtScrape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AtScrape({:?})", self.gauge)
    }
}

/// Registers what is read at scrapes.
pub fn register(registry: &Registry, pool: &PgPool) -> Result<()> {
    build(registry)?;
    connections(registry, pool)?;
    runtime(registry, Handle::current().metrics())?;
    #[cfg(target_os = "linux")]
    registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
    Ok(())
}

fn build(registry: &Registry) -> Result<()> {
    let opts = Opts::new("daybook_build_info", "1; the version of the program and of its time zone data");
    let build = IntGaugeVec::new(opts, &["version", "tzdata"])?;
    registry.register(Box::new(build.clone()))?;
    build.with_label_values(&[env!("CARGO_PKG_VERSION"), zone_data_version()]).set(1);
    Ok(())
}

/// The pool that requests and readers of the log share; the appender's connections are its own.
fn connections(registry: &Registry, pool: &PgPool) -> Result<()> {
    let (all, idle, most) = (pool.clone(), pool.clone(), pool.options().get_max_connections());
    let name = |end| format!("daybook_database_connections_{end}");
    at_scrape(registry, &name("in_use"), "Connections of the pool that are in use", move || {
        all.size().saturating_sub(u32::try_from(all.num_idle()).unwrap_or(u32::MAX)).into()
    })?;
    at_scrape(registry, &name("idle"), "Connections of the pool that nobody uses", move || {
        u32::try_from(idle.num_idle()).unwrap_or(u32::MAX).into()
    })?;
    at_scrape(registry, &name("max"), "Connections that the pool may have", move || most.into())
}

fn runtime(registry: &Registry, runtime: RuntimeMetrics) -> Result<()> {
    let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let tasks = runtime.clone();
    at_scrape(registry, "daybook_runtime_tasks", "Tasks that have begun and not ended", move || {
        count(tasks.num_alive_tasks())
    })?;
    at_scrape(registry, "daybook_runtime_queued_tasks", "Tasks that wait for any of the worker threads", move || {
        count(runtime.global_queue_depth())
    })
}

fn at_scrape(
    registry: &Registry,
    name: &str,
    help: &str,
    read: impl Fn() -> f64 + Send + Sync + 'static,
) -> Result<()> {
    let gauge = AtScrape { gauge: Gauge::new(name, help)?, read: Box::new(read) };
    Ok(registry.register(Box::new(gauge))?)
}
