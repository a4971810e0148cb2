//! `daybook events export`

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use daybook_event_store::cloud_event::CloudEvent;
use daybook_event_store::{Feed, Place, Selection};
use indicatif::{ProgressBar, ProgressStyle};
use sqlx::PgPool;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::file::Unfinished;
use super::parquet::Table;
use super::{WhichArgs, check, json_lines, place};
use crate::node;

/// Events read at a time.
const PAGE: u32 = 1_000;
/// How long the last events may be held back, and between two looks.
const HELD_BACK: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);

#[derive(Clone, Debug, Args)]
pub(super) struct ExportArgs {
    /// Begin behind this event (`742-1`) or with the first one (`start`).
    #[arg(long, value_name = "PLACE|start", default_value = "start", value_parser = place)]
    from: Place,
    /// End with this event; without it, with the last one that there is.
    #[arg(long, value_name = "PLACE")]
    to: Option<Place>,
    #[command(flatten)]
    which: WhichArgs,
    /// How the file is written.
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// The file; one that exists is replaced.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// CloudEvents in JSON, one a line.
    Jsonl,
    /// A table with the columns position, time, type, `host_id`, subject (the booking), version, actor, `correlation_id`,
    /// `causation_id`, data (the event's fields as JSON) and id.
    Parquet,
}

enum Writer {
    Lines(BufWriter<File>),
    Table(Box<Table>),
}

impl ExportArgs {
    pub(super) async fn run(self, pool: &PgPool) -> Result<()> {
        let stop = node::shutdown_on_signal()?;
        let feed = Feed::new(pool.clone());
        let selection = self.which.selection(pool).await?;
        let from = check(&feed, self.from).await?;
        let to = match self.to {
            Some(place) => check(&feed, place).await?,
            None => last(&feed).await?,
        };
        let (unfinished, file) = Unfinished::create(&self.output)?;
        let mut writer = match self.format {
            Format::Jsonl => Writer::Lines(BufWriter::new(file)),
            Format::Parquet => Writer::Table(Box::new(Table::begin(file)?)),
        };
        let written = self.write_all(&feed, selection, (from, to), &mut writer, &stop).await?;
        unfinished.finish(&writer.finish()?)?;
        eprintln!("exported {written} events to {}", self.output.display());
        Ok(())
    }

    /// Writes the events after one place up to another, and says how many there were.
    async fn write_all(
        &self,
        feed: &Feed,
        selection: Selection,
        (from, to): (Place, Place),
        writer: &mut Writer,
        stop: &CancellationToken,
    ) -> Result<u64> {
        let style = ProgressStyle::with_template("{spinner} {pos} events, {per_sec}, at {msg}")?;
        let bar = ProgressBar::new_spinner().with_style(style);
        let (mut place, mut version) = (from, 0);
        loop {
            let page = async {
                match selection {
                    Selection::All => feed.after(place, PAGE).await,
                    Selection::Host(host) => feed.of_host_after(host, version, place, PAGE).await,
                }
            };
            let Some(page) = stop.run_until_cancelled(page).await else {
                bail!("stopped before the end; nothing was written");
            };
            let page = page?;
            let wanted = page.iter().take_while(|event| event.place <= to).count();
            for event in &page[..wanted] {
                writer.add(&self.which.shown(event)?)?;
            }
            bar.inc(wanted as u64);
            match page.last() {
                Some(last) if wanted == PAGE as usize => (place, version) = (last.place, last.version),
                _ => break,
            }
            bar.set_message(place.to_string());
        }
        bar.finish_and_clear();
        Ok(bar.position())
    }
}

/// The last event that there is now, once it can be read: a write transaction that is open anywhere in the cluster keeps what
/// is younger back for a moment.
async fn last(feed: &Feed) -> Result<Place> {
    let Some((end, _)) = feed.end().await? else { return Ok(Place::default()) };
    let readable = async {
        while feed.reached().await? < end {
            sleep(POLL).await;
        }
        Ok(end)
    };
    let held_back =
        "a write transaction has been open in the database cluster for too long: the last events cannot be read";
    timeout(HELD_BACK, readable).await.context(held_back)?
}

impl Writer {
    fn add(&mut self, event: &CloudEvent<'_>) -> Result<()> {
        match self {
            Self::Lines(out) => Ok(json_lines::write(event, out)?),
            Self::Table(table) => table.add(event),
        }
    }

    fn finish(self) -> Result<File> {
        match self {
            Self::Lines(mut out) => {
                out.flush()?;
                Ok(out.into_inner()?)
            }
            Self::Table(table) => table.finish(),
        }
    }
}
