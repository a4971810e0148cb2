//! Every measurement, one after the other.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use crate::report::{Goal, Machine, Report};
use crate::rounds::median;
use crate::{Measurement, MemoryArgs, ScaleArgs};

/// Where the figures go.
#[derive(Clone, Debug, Args)]
pub struct AllArgs {
    /// A directory for `results.json` and a plot of each measurement.
    #[arg(long, default_value = "target/bench")]
    output: PathBuf,
    /// How often everything is measured; medians are quoted.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=99))]
    runs: u32,
    /// Hosts that the memory measurement caches.
    #[arg(long, default_value_t = 100_000)]
    memory_hosts: u64,
    /// Numbers of hosts that the scale measurement goes through, with commas between.
    #[arg(long, value_delimiter = ',', default_value = "2000,20000")]
    scale_hosts: Vec<u64>,
}

/// What all runs came to.
#[derive(Serialize)]
struct Results {
    machine: Machine,
    seconds: u64,
    runs: Vec<Vec<Report>>,
    medians: Vec<Median>,
}

/// A goal over all runs.
#[derive(Serialize)]
struct Median {
    name: &'static str,
    #[serde(flatten)]
    goal: Goal,
}

impl AllArgs {
    /// Measures everything, `whole` for each; fails if a measurement fails, not if a goal is missed.
    #[expect(clippy::print_stdout, reason = "the command's answer")]
    pub async fn run(self, whole: Duration) -> Result<ExitCode> {
        fs::create_dir_all(&self.output).with_context(|| format!("cannot make {}", self.output.display()))?;
        let begun = Instant::now();
        let machine = Machine::this();
        println!("{}\n", machine.line());
        let (mut runs, mut failed) = (Vec::new(), false);
        for _ in 0..self.runs {
            let mut reports = Vec::new();
            for measurement in self.measurements() {
                match Box::pin(measurement.run(whole)).await {
                    Ok(report) => {
                        report.plot(&self.output.join(format!("{}.svg", report.name)))?;
                        report.print();
                        println!();
                        reports.push(report);
                    }
                    Err(error) => {
                        println!("{measurement:?} failed: {error:#}\n");
                        failed = true;
                    }
                }
            }
            runs.push(reports);
        }
        let medians = medians(&runs);
        print_summary(&medians, self.runs, begun.elapsed());
        let results = Results { machine, seconds: whole.as_secs(), runs, medians };
        let file = self.output.join("results.json");
        fs::write(&file, serde_json::to_string_pretty(&results)?)?;
        println!("\nfigures and plots: {}", self.output.display());
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn measurements(&self) -> Vec<Measurement> {
        vec![
            Measurement::AvailabilityHit,
            Measurement::AvailabilityMiss,
            Measurement::Mixed,
            Measurement::Append,
            Measurement::Book,
            Measurement::HotCalendar,
            Measurement::ProjectionLag,
            Measurement::Replay,
            Measurement::Rebuild,
            Measurement::Memory(MemoryArgs { hosts: self.memory_hosts }),
            Measurement::Scale(ScaleArgs { hosts: self.scale_hosts.clone() }),
        ]
    }
}

/// Each goal with the median of its figure over the runs.
fn medians(runs: &[Vec<Report>]) -> Vec<Median> {
    let goals = runs.iter().flatten().flat_map(|report| report.goals.iter().map(move |goal| (report.name, goal)));
    let goals: Vec<_> = goals.collect();
    let mut medians: Vec<Median> = Vec::new();
    for (name, goal) in &goals {
        if medians.iter().any(|known| known.name == *name && known.goal.figure == goal.figure) {
            continue;
        }
        let same = goals.iter().filter(|(other, one)| other == name && one.figure == goal.figure);
        let value = median(&same.map(|(_, one)| one.value).collect::<Vec<_>>());
        medians.push(Median { name, goal: goal.with_value(value) });
    }
    medians
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn print_summary(medians: &[Median], runs: u32, took: Duration) {
    println!("medians of {runs} run(s), {:.0} s in all:", took.as_secs_f64());
    for Median { name, goal } in medians {
        println!("  {name:<18} {}", goal.line());
    }
}
