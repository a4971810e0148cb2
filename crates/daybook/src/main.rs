//! Daybook: a scheduling engine on a log that guards itself. One binary for everything; `--help` lists its commands.

#![expect(unreachable_pub, reason = "in a binary, pub says: used by other modules")]

mod cli;
mod configuration;
mod demo;
mod door;
mod gauges;
mod node;
mod processes;
mod readers;
mod replica;
mod samples;
mod telemetry;
mod upkeep;
mod wiring;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

/// Faster than the C library's with many small values on several threads (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Before anything connects: the TLS of PostgreSQL and NATS share one provider.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        unreachable!("nothing has installed a provider before main");
    }
    let cli = cli::Cli::parse();
    match cli.run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("daybook: {error:#}");
            ExitCode::FAILURE
        }
    }
}
