//! `daybook-bench`: what Daybook does in a second, beside what the obvious alternative does in the same run.
//!
//! Machines differ and are noisy; ratios within one run travel better than figures. Each measurement alternates between
//! Daybook and its baseline, several times, and quotes medians. The load shares the machine with what it measures.

#![expect(unreachable_pub, reason = "in a binary, pub says: used by other modules")]

mod append;
mod availability_hit;
mod load;
mod report;
mod rounds;
mod servers;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures Daybook against baselines.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    measurement: Measurement,
    /// How long to measure, baseline included.
    #[arg(long, default_value_t = 20, global = true)]
    seconds: u64,
    /// Prints one JSON object instead of a table.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Measurement {
    /// Commands on distinct hosts, 64 in flight, in process; against stock postgres-es under its framework.
    Append,
    /// Availability over HTTP from the cache; against an empty axum route that returns the same bytes.
    AvailabilityHit,
    /// Serves the empty axum route. Started by availability-hit.
    #[command(hide = true)]
    EmptyRoute,
}

fn main() -> Result<ExitCode> {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let whole = Duration::from_secs(cli.seconds.max(2));
    let report = runtime.block_on(async {
        match cli.measurement {
            Measurement::Append => append::measure(whole).await.map(Some),
            Measurement::AvailabilityHit => availability_hit::measure(whole).await.map(Some),
            Measurement::EmptyRoute => servers::serve_empty_route().await.map(|()| None),
        }
    })?;
    if let Some(report) = report {
        report.print(cli.json)?;
    }
    Ok(ExitCode::SUCCESS)
}
