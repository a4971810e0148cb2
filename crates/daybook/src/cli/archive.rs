//! `daybook archive`: old months of bookings as files (O2).

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use daybook_api::clock::Clock;
use daybook_event_store::Codec;
use daybook_projections::bookings::archive::{
    Archive, ArchiveError, ArchivedMonth, FEWEST_DAYS, KEPT_DAYS, RESTORED_DAYS, RunReport, archived_months,
};
use daybook_projections::bookings::months::Month;
use sqlx::PgPool;

use super::key_store::KeyStore;
use crate::configuration::{DatabaseArgs, KeyArgs};
use crate::node;

#[derive(Clone, Debug, Args)]
pub struct ArchiveArgs {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Shows the months that were archived (the default).
    Status,
    /// Takes months whose bookings all ended long ago out of the read model into files, and removes files after two years.
    ///
    /// Runs while the system serves; broken off anywhere, it goes on when it is run again. Rows leave the read model once
    /// their file was read back and is what the log says.
    Run {
        /// Days after which a month leaves.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(i64::from(FEWEST_DAYS)..))]
        older_than_days: u32,
        #[command(flatten)]
        place: Place,
    },
    /// Brings the rows of a month back into the read model, where they stay for 30 days.
    Restore {
        /// The month: `2026-01`.
        month: Month,
        #[command(flatten)]
        place: Place,
    },
    /// Holds every file against its manifest and, row by row, against the log. Names what differs, and then exits with 1.
    Verify {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Clone, Debug, Args)]
struct Place {
    /// Where the files are.
    #[arg(long, env = "DAYBOOK_ARCHIVE_DIRECTORY", default_value = "archive", value_name = "DIR")]
    directory: PathBuf,
    #[command(flatten)]
    keys: KeyArgs,
}

impl ArchiveArgs {
    pub async fn run(self) -> Result<()> {
        let pool = self.database.connect().await?;
        match self.action.unwrap_or(Action::Status) {
            Action::Status => status(&archived_months(&pool).await?),
            Action::Run { older_than_days, place } => run(&pool, place, older_than_days).await?,
            Action::Restore { month, place } => restore(&pool, place, month).await?,
            Action::Verify { place } => verify(&pool, place).await?,
        }
        Ok(())
    }
}

impl Place {
    /// The archive in the directory, and the keys behind it.
    fn open(self, pool: &PgPool) -> (Archive, KeyStore) {
        let store = KeyStore::open(pool, self.keys);
        (Archive::new(pool.clone(), Codec::new(store.keys.clone()), self.directory), store)
    }
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn status(months: &[ArchivedMonth]) {
    for ArchivedMonth { month, rows, sha256, archived_at, restored_at, removed_at } in months {
        let since = match (removed_at, restored_at) {
            (Some(at), _) => format!("file removed {}", at.date_naive()),
            (None, Some(at)) => format!("restored {}", at.date_naive()),
            (None, None) => format!("SHA-256 {sha256}"),
        };
        println!("{month}  {rows} rows  archived {}  {since}", archived_at.date_naive());
    }
    if months.is_empty() {
        println!("nothing was archived");
    }
}

async fn run(pool: &PgPool, place: Place, older_than_days: u32) -> Result<()> {
    let stop = node::shutdown_on_signal()?;
    let (archive, store) = place.open(pool);
    let done = archive
        .run(Clock::system().now(), older_than_days, |month, step| {
            tracing::debug!(%month, ?step, "archiving");
            if stop.is_cancelled() { Err(ArchiveError::Stopped) } else { Ok(()) }
        })
        .await;
    store.close().await;
    report(&done?);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn report(done: &RunReport) {
    for month in &done.removed {
        println!("{month}  file removed: it was kept for {KEPT_DAYS} days");
    }
    for month in &done.restored {
        println!("{month}  stays: it was restored less than {RESTORED_DAYS} days ago");
    }
    for done in &done.archived {
        println!(
            "{}  {} rows archived, {} of them taken out of the read model now",
            done.month, done.rows, done.removed
        );
    }
    if done.archived.is_empty() {
        println!("no month to archive");
    }
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn restore(pool: &PgPool, place: Place, month: Month) -> Result<()> {
    let (archive, store) = place.open(pool);
    let done = archive.restore(month, Clock::system().now()).await;
    store.close().await;
    let done = done?;
    println!("{month}  {} of {} rows brought back; they stay for {RESTORED_DAYS} days", done.brought_back, done.rows);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn verify(pool: &PgPool, place: Place) -> Result<()> {
    let (archive, store) = place.open(pool);
    let verified = archive.verify().await;
    store.close().await;
    let verified = verified?;
    for difference in &verified.differences {
        println!("{difference}");
    }
    println!(
        "{} months with {} rows verified, {} differences",
        verified.months,
        verified.rows,
        verified.differences.len()
    );
    if verified.differences.is_empty() { Ok(()) } else { bail!("the archive is not as it should be") }
}
