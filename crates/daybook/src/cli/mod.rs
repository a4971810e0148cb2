//! The command line (SPEC §4): one file per command.

mod archive;
mod calendar;
mod dev;
mod events;
mod key_store;
mod keys;
mod migrate;
mod partitions;
mod projections;
mod serve;
mod slots;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use url::Url;

use crate::telemetry::{self, LogFormat, Telemetry};

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
    /// An OpenTelemetry collector that takes traces by OTLP over HTTP, such as `http://127.0.0.1:4318`.
    #[arg(long, env = "DAYBOOK_OTLP_ENDPOINT", global = true)]
    otlp_endpoint: Option<Url>,
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
    /// Takes old months of bookings out of the read model into files, verifies those, or brings a month back.
    Archive(archive::ArchiveArgs),
    /// Shows the months of the bookings read model, or makes the coming ones ahead.
    Partitions(partitions::PartitionsArgs),
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
        let telemetry = self.telemetry()?;
        let done = self.carry_out();
        telemetry.end();
        done
    }

    fn telemetry(&self) -> Result<Telemetry> {
        let format = self.log_format.unwrap_or(match &self.command {
            Command::Serve(_) => LogFormat::Json,
            _ => LogFormat::Text,
        });
        telemetry::start(&self.log, format, self.otlp_endpoint.as_ref())
    }

    fn carry_out(self) -> Result<ExitCode> {
        if let Command::Slots { file, hosts } = self.command {
            return slots::run(&file, hosts);
        }
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
            match self.command {
                Command::Dev(args) => args.run().await,
                Command::Serve(args) => args.run().await,
                Command::Migrate(args) => args.run().await,
                Command::Projections(args) => args.run().await,
                Command::Archive(args) => args.run().await,
                Command::Partitions(args) => args.run().await,
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
