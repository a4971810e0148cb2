//! `daybook events`: the log for programs, as it grows and as files (SPEC §4).

mod export;
mod file;
mod json_lines;
mod parquet;
mod tail;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use daybook_event_store::cloud_event::CloudEvent;
use daybook_event_store::{Feed, NotAPlace, Place, RecordedEvent, Selection};
use sqlx::PgPool;

use super::calendar;
use crate::configuration::DatabaseArgs;

#[derive(Clone, Debug, Args)]
pub struct EventsArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Prints events as they happen, as CloudEvents in JSON Lines, until Ctrl-C.
    ///
    /// Events come in the order of the log, each once, however many were missed. Personal data stays sealed; --analytics
    /// leaves it out.
    Tail(tail::TailArgs),
    /// Writes events to a file, all those that were recorded before the command began.
    ///
    /// The file is whole or not there: it gets its name when all is written. Personal data stays sealed in it, readable for
    /// nobody without the database and the master key, and for nobody once the person is erased; --analytics leaves it out.
    Export(export::ExportArgs),
}

/// Whose events, and how much of them.
#[derive(Clone, Debug, Args)]
struct WhichArgs {
    /// Only the events of this host, by id or username.
    #[arg(long)]
    host: Option<String>,
    /// Leaves personal data out instead of printing it sealed.
    #[arg(long)]
    analytics: bool,
}

impl EventsArgs {
    pub async fn run(self) -> Result<()> {
        let pool = self.database.connect().await?;
        match self.action {
            Action::Tail(args) => args.run(&pool).await,
            Action::Export(args) => args.run(&pool).await,
        }
    }
}

impl WhichArgs {
    async fn selection(&self, pool: &PgPool) -> Result<Selection> {
        Ok(match &self.host {
            None => Selection::All,
            Some(host) => Selection::Host(calendar::find(pool, host).await?),
        })
    }

    fn shown<'a>(&self, event: &'a RecordedEvent) -> serde_json::Result<CloudEvent<'a>> {
        if self.analytics { CloudEvent::without_personal_data(event) } else { CloudEvent::sealed(event) }
    }
}

/// Reads `start` or a place.
fn place(text: &str) -> Result<Place, NotAPlace> {
    if text == "start" { Ok(Place::default()) } else { text.parse() }
}

/// Makes sure that a place is one of this log: one of another log would leave events out without a word.
async fn check(feed: &Feed, place: Place) -> Result<Place> {
    if place != Place::default() && !feed.has_event_at(place, None).await? {
        bail!("no event of this log stands at {place}");
    }
    Ok(place)
}
