//! `daybook-faults`: breaks a deployment again and again, and says whether anything was lost or doubled.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};
use daybook_faults::run::{HISTORY, read_log};
use daybook_faults::{Kind, Run, Until, check, history};
use tokio::signal::unix::{SignalKind, signal};

/// Breaks a deployment again and again, and says whether anything was lost or doubled.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Runs a deployment under load and faults, and checks what became of it.
    Run(Arguments),
    /// Checks a run's directory again: its history, and the log if there is one.
    Check {
        /// The directory, or a history by itself.
        path: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct Arguments {
    /// How long faults go on.
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// Goes on for so many faults instead.
    #[arg(long, conflicts_with = "seconds")]
    faults: Option<usize>,
    /// Decides which faults come and what guests ask for; chosen and said if none is given.
    #[arg(long)]
    seed: Option<u64>,
    /// Where history, logs and report go.
    #[arg(long, default_value = "target/faults")]
    output: PathBuf,
    /// Kinds of faults.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Kind::ALL)]
    kinds: Vec<Kind>,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match (runtime, Cli::parse().task) {
        (Err(error), _) => Err(error.into()),
        (Ok(runtime), Task::Run(arguments)) => runtime.block_on(run(arguments)),
        (Ok(_), Task::Check { path }) => check_again(&path),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("daybook-faults: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<bool> {
    let until = match arguments.faults {
        Some(faults) => Until::Faults(faults),
        None => Until::Elapsed(Duration::from_secs(arguments.seconds)),
    };
    let seed = arguments.seed.unwrap_or_else(rand::random);
    say(&format!("seed {seed}; history, logs and report in {}", arguments.output.display()));
    let output = arguments.output.clone();
    let run = Run { until, seed, kinds: arguments.kinds, output: arguments.output, is_brief: false, progress: say };
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    // What a broken-off run has started ends with it.
    let report = tokio::select! {
        report = run.execute() => report?,
        _ = interrupted.recv() => anyhow::bail!("broken off"),
        _ = terminated.recv() => anyhow::bail!("broken off"),
    };
    say(&format!("\n{report}"));
    if !report.complaints.is_empty() {
        say(&format!("the history is in {}; the seed was {seed}", output.join(HISTORY).display()));
    }
    Ok(report.complaints.is_empty())
}

fn check_again(path: &Path) -> Result<bool> {
    let (file, directory) =
        if path.is_dir() { (path.join(HISTORY), path) } else { (path.to_owned(), path.parent().unwrap_or(path)) };
    let records = history::read(&file)?;
    let verdict = match read_log(directory) {
        Ok(events) => check::history_and_log(&records, &events)?,
        Err(error) => {
            say(&format!("the history alone is checked: {error:#}"));
            check::history(&records)?
        }
    };
    for complaint in &verdict.complaints {
        say(&format!("- {complaint}"));
    }
    say(&format!("{} complaints; {:?}", verdict.complaints.len(), verdict.figures));
    Ok(verdict.complaints.is_empty())
}

#[expect(clippy::print_stdout, reason = "what a run says is its output")]
fn say(line: &str) {
    println!("{line}");
}
