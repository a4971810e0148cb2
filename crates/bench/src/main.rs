//! `daybook-bench`: what Daybook does in a second, beside what the obvious alternative does in the same run.
//!
//! Machines differ and are noisy; ratios within one run travel better than figures. Where there is a baseline, both take
//! turns, and medians are quoted. The load shares the machine with what it measures: each side's CPU time is told.

#![expect(unreachable_pub, reason = "in a binary, pub says: used by other modules")]

mod all;
mod cpu;
mod deployment;
mod load;
mod measurements;
mod report;
mod rounds;
mod turn;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::measurements::{
    append, availability_hit, availability_miss, book, hot_calendar, memory, mixed, projection_lag, rebuild, replay,
    scale,
};
use crate::report::Report;

/// Measures Daybook against baselines.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    work: Work,
    /// How long to measure, baseline included; preparations come on top.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=86_400), global = true)]
    seconds: u64,
    /// Prints one JSON object instead of a table.
    #[arg(long, global = true)]
    json: bool,
    /// Draws latency and throughput into this SVG file.
    #[arg(long, global = true)]
    plot: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Work {
    #[command(flatten)]
    One(Measurement),
    /// Every measurement, one after the other; writes a table, JSON and plots into a directory.
    All(all::AllArgs),
    /// Serves the empty axum route. Started by measurements.
    #[command(hide = true)]
    EmptyRoute,
}

/// One row of the performance table.
#[derive(Clone, Debug, Subcommand)]
pub enum Measurement {
    /// Availability over HTTP from the cache; against an empty axum route that returns the same bytes.
    AvailabilityHit,
    /// The slots of a 31-day month among 300 busy times, computing only.
    AvailabilityMiss,
    /// 5,000 availability requests a second, open loop, 1 % bookings mixed in; against the same load on an empty route.
    Mixed,
    /// Commands on distinct hosts, 64 in flight, in process; against stock postgres-es and single-row INSERT commits.
    Append,
    /// Bookings over HTTP on distinct hosts, 64 in flight; against single-row INSERT commits.
    Book,
    /// Bookings of one calendar that everybody wants; against bookings on distinct hosts.
    HotCalendar,
    /// From commit to read model at 500 bookings a second; against a JetStream round trip.
    ProjectionLag,
    /// A calendar from its stream; against parsing the same bytes with `serde_json`.
    Replay,
    /// The read models from the log; against COPY of the same rows.
    Rebuild,
    /// Memory of a node with many hosts cached.
    Memory(MemoryArgs),
    /// How appends, availability misses, rebuilds and disk grow with the number of hosts.
    Scale(ScaleArgs),
}

/// How many hosts are cached.
#[derive(Clone, Debug, Args)]
pub struct MemoryArgs {
    /// Hosts.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    hosts: u64,
}

/// How large the deployments are.
#[derive(Clone, Debug, Args)]
pub struct ScaleArgs {
    /// Numbers of hosts, with commas between. A million hosts take some 20 GiB of disk and half an hour.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000", value_parser = clap::value_parser!(u64).range(1..))]
    hosts: Vec<u64>,
}

impl Measurement {
    /// Measures for so long.
    async fn run(&self, whole: Duration) -> Result<Report> {
        match self {
            Self::AvailabilityHit => availability_hit::measure(whole).await,
            Self::AvailabilityMiss => availability_miss::measure(whole),
            Self::Mixed => mixed::measure(whole).await,
            Self::Append => append::measure(whole).await,
            Self::Book => book::measure(whole).await,
            Self::HotCalendar => hot_calendar::measure(whole).await,
            Self::ProjectionLag => Box::pin(projection_lag::measure(whole)).await,
            Self::Replay => replay::measure(whole).await,
            Self::Rebuild => rebuild::measure(whole).await,
            Self::Memory(MemoryArgs { hosts }) => memory::measure(*hosts).await,
            Self::Scale(ScaleArgs { hosts }) => scale::measure(hosts, whole / 2).await,
        }
    }
}

fn main() -> Result<ExitCode> {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let whole = Duration::from_secs(cli.seconds);
    runtime.block_on(async {
        match cli.work {
            Work::EmptyRoute => deployment::serve_empty_route().await.map(|()| ExitCode::SUCCESS),
            Work::All(all) => Box::pin(all.run(whole)).await,
            Work::One(measurement) => {
                let report = Box::pin(measurement.run(whole)).await?;
                if let Some(file) = &cli.plot {
                    report.plot(file)?;
                }
                show(&report, cli.json)?;
                Ok(ExitCode::SUCCESS)
            }
        }
    })
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn show(report: &Report, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(report)?);
    } else {
        report.print();
    }
    Ok(())
}
