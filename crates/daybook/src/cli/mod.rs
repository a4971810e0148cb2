//! The command line (SPEC §4): one file per command.

mod calendar;
mod dev;
mod events;
mod key_store;
mod keys;
mod migrate;
mod projections;
mod serve;
mod slots;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::telemetry::{self, LogFormat};

/// A scheduling engine on a log that guards itself.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    /// What is logged, for instance `info` or `daybook_messaging=debug,info`.
    #[arg(long, env = "DAYBOOK_LOG", default_value = "info", global = true)]
    log: String,
    /// How log lines look.
    #[arg(long, env = "DAYBOOK_LOG_FORMAT", value_enum, global = true)]
    log_format: Option<LogFormat>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts everything on this machine: a private PostgreSQL and NATS, a demo host, the service.
    Dev(dev::DevArgs),
    /// Runs the service in production.
    Serve(Box<serve::ServeArgs>),
    /// Brings the database's schema up to date.
    Migrate(migrate::MigrateArgs),
    /// Shows or rebuilds the read models.
    Projections(projections::ProjectionsArgs),
    /// Shows what happened to a calendar.
    Calendar(calendar::CalendarArgs),
    /// Follows the log, or writes it to a file.
    Events(events::EventsArgs),
    /// Computes the slots of cases in a JSON file, offline.
    Slots {
        /// A file in the format of the conformance suite.
        file: PathBuf,
        /// Also prints who is free, where several hosts are asked.
        #[arg(long)]
        hosts: bool,
    },
    /// Makes accounts, changes their roles, erases and exports people.
    User(user::UserArgs),
    /// Shows which master keys are in use, and retires older ones.
    Keys(keys::KeysArgs),
}

impl Cli {
    /// Carries the command out.
    pub fn run(self) -> Result<ExitCode> {
        let format = self.log_format.unwrap_or(match &self.command {
            Command::Serve(_) => LogFormat::Json,
            _ => LogFormat::Text,
        });
        telemetry::start(&self.log, format)?;
        if let Command::Slots { file, hosts } = self.command {
            return slots::run(&file, hosts);
        }
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
            match self.command {
                Command::Dev(args) => args.run().await,
                Command::Serve(args) => args.run().await,
                Command::Migrate(args) => args.run().await,
                Command::Projections(args) => args.run().await,
                Command::Calendar(args) => args.run().await,
                Command::Events(args) => args.run().await,
                Command::User(args) => args.run().await,
                Command::Keys(args) => args.run().await,
                Command::Slots { .. } => unreachable!("handled above: it needs no runtime"),
            }?;
            Ok(ExitCode::SUCCESS)
        })
    }
}
