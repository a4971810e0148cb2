//! `daybook projections`: how far the read models are, and filling one again from the log.

use anyhow::{Result, bail};
use chrono::Utc;
use clap::{Args, Subcommand};
use daybook_event_store::{Codec, Feed};
use daybook_projections::availability::AvailabilityProjection;
use daybook_projections::bookings::BookingsProjection;
use daybook_projections::rebuild::rebuild;
use daybook_projections::{Projection, status};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::key_store::KeyStore;
use crate::configuration::{DatabaseArgs, KeyArgs};
use crate::node;

#[derive(Clone, Debug, Args)]
pub struct ProjectionsArgs {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Shows position and lag of every projection (the default).
    Status,
    /// Fills a read model again from the whole log while the system serves, and swaps it in.
    Rebuild {
        /// `availability` or `bookings`.
        name: String,
        #[command(flatten)]
        keys: KeyArgs,
    },
}

impl ProjectionsArgs {
    pub async fn run(self) -> Result<()> {
        let pool = self.database.connect().await?;
        match self.action.unwrap_or(Action::Status) {
            Action::Status => {
                show::<AvailabilityProjection>(&pool).await?;
                show::<BookingsProjection>(&pool).await
            }
            Action::Rebuild { name, keys } => rebuild_named(&pool, &name, keys).await,
        }
    }
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn show<P: Projection>(pool: &PgPool) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "the edge of the program: here the time comes in")]
    let now = Utc::now();
    for part in status::of(pool, &Feed::new(pool.clone()), P::NAME).await? {
        let behind = match &part.behind {
            None => "level with the log".to_owned(),
            Some(behind) => {
                let more = if behind.and_more { " or more" } else { "" };
                let lag = HumanDuration(part.lag(now).to_std().unwrap_or_default());
                format!("{} events{more} behind, the oldest for {lag}", behind.events)
            }
        };
        println!("{:<13} partition {}  position {}  {behind}", P::NAME, part.partition.number(), part.place);
    }
    Ok(())
}

async fn rebuild_named(pool: &PgPool, name: &str, keys: KeyArgs) -> Result<()> {
    let stop = node::shutdown_on_signal()?;
    let store = KeyStore::open(pool, keys);
    let done = match name {
        AvailabilityProjection::NAME => rebuild_one(pool, &AvailabilityProjection, &stop).await,
        BookingsProjection::NAME => {
            rebuild_one(pool, &BookingsProjection::new(Codec::new(store.keys.clone())), &stop).await
        }
        other => bail!("there is no projection {other}: it must be availability or bookings"),
    };
    store.close().await;
    done
}

async fn rebuild_one<P: Projection>(pool: &PgPool, projection: &P, stop: &CancellationToken) -> Result<()> {
    let style = ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len} events, {per_sec}, {eta} left")?;
    let bar = ProgressBar::new(0).with_style(style).with_message(P::NAME);
    let feed = Feed::new(pool.clone());
    let done = rebuild(pool, &feed, projection, stop, |progress| {
        bar.set_length(progress.total.max(progress.events));
        bar.set_position(progress.events);
    })
    .await?;
    bar.finish();
    report::<P>(done.events, bar.elapsed());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn report<P: Projection>(events: u64, took: std::time::Duration) {
    println!("{} rebuilt from {events} events in {:.1} s and swapped in", P::NAME, took.as_secs_f64());
}
