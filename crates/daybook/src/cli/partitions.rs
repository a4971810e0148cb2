//! `daybook partitions`: the months of the bookings read model (O2).

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use daybook_api::clock::Clock;
use daybook_projections::TablesLock;
use daybook_projections::bookings::months::{AHEAD, Ensured, ensure, partitions};
use sqlx::PgPool;

use crate::configuration::DatabaseArgs;

#[derive(Clone, Debug, Args)]
pub struct PartitionsArgs {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Action {
    /// Shows the months that have a partition, and those of which the default partition has rows (the default).
    Status,
    /// Makes the partitions of the coming months that are missing, while the system serves. Nodes do so by themselves.
    Ensure {
        /// Months ahead of the present one.
        #[arg(long, default_value_t = AHEAD, value_parser = clap::value_parser!(u32).range(0..=120))]
        months: u32,
    },
}

impl PartitionsArgs {
    pub async fn run(self) -> Result<()> {
        let pool = self.database.connect().await?;
        match self.action.unwrap_or(Action::Status) {
            Action::Status => status(&pool).await,
            Action::Ensure { months } => {
                let Some(mut lock) = TablesLock::take(&pool).await? else {
                    bail!("the bookings read model is being rebuilt, partitioned or archived; try again later");
                };
                let done = ensure(&mut lock, Clock::system().now(), months).await;
                lock.release().await;
                report(&done?);
                Ok(())
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn status(pool: &PgPool) -> Result<()> {
    let mut connection = pool.acquire().await?;
    let found = partitions(&mut connection).await?;
    for (month, rows) in &found.months {
        println!("{month}  partition {}  about {rows} rows", month.table());
    }
    for (month, rows) in &found.in_default {
        println!("{month}  in the default partition  {rows} rows");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn report(done: &Ensured) {
    for (month, moved) in &done.made {
        println!("{month}  made, {moved} rows moved there");
    }
    for (month, rows) in &done.left {
        println!("{month}  {rows} rows are too many to move; `daybook projections rebuild bookings` sorts them");
    }
    if done.made.is_empty() && done.left.is_empty() {
        println!("every month has its partition");
    }
}
