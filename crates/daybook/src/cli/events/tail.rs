//! `daybook events tail`

use std::io::{self, ErrorKind, Write as _};
use std::os::fd::AsFd as _;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use daybook_event_store::{Feed, Place, RecordedEvent, Selection, Subscription, Tail, Wakeups};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use sqlx::PgPool;
use tokio::time::{interval, sleep};
use tokio_util::task::TaskTracker;

use super::{WhichArgs, check, json_lines, place};
use crate::node;

/// Between two attempts while the database does not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two looks whether anybody still reads.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Clone, Debug, Args)]
pub(super) struct TailArgs {
    /// Begin behind this event (`742-1`, as in `sequence`) or with the first one (`start`); without it, with what happens
    /// from now on.
    #[arg(long, value_name = "PLACE|start", value_parser = place)]
    from: Option<Place>,
    #[command(flatten)]
    which: WhichArgs,
}

impl TailArgs {
    pub(super) async fn run(self, pool: &PgPool) -> Result<()> {
        let stop = node::shutdown_on_signal()?;
        let feed = Feed::new(pool.clone());
        let selection = self.which.selection(pool).await?;
        let after = match (self.from, selection) {
            (Some(place), _) => check(&feed, place).await?,
            (None, Selection::All) => feed.reached().await?,
            (None, Selection::Host(host)) => feed.reached_by(host).await?,
        };
        let tasks = TaskTracker::new();
        let wakeups = Wakeups::listen(pool.clone(), stop.clone(), &tasks);
        let mut events = Tail::start(feed, wakeups, stop.clone(), &tasks).subscribe(selection, after);
        tracing::info!(%after, "following the log");
        let done = tokio::select! {
            () = stop.cancelled() => Ok(()),
            () = nobody_reads() => Ok(()),
            done = self.print_all(&mut events) => done,
        };
        stop.cancel();
        tasks.close();
        tasks.wait().await;
        done
    }

    async fn print_all(&self, events: &mut Subscription) -> Result<()> {
        loop {
            match events.next().await {
                Ok(events) => match self.print(&events) {
                    // Whoever read has seen enough.
                    Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                    printed => printed?,
                },
                Err(error) if error.is_lasting() => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(%error, "the log cannot be read; trying again");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    fn print(&self, events: &[RecordedEvent]) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        for event in events {
            json_lines::write(&self.which.shown(event)?, &mut out)?;
        }
        out.flush()
    }
}

/// Waits until the reader of a pipe has gone, which otherwise only the next event would tell.
async fn nobody_reads() {
    let mut looks = interval(LOOK);
    let stdout = io::stdout();
    loop {
        looks.tick().await;
        let mut asked = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
        let answered = poll(&mut asked, PollTimeout::ZERO);
        let gone = PollFlags::POLLERR | PollFlags::POLLHUP;
        if answered.is_ok() && asked[0].revents().is_some_and(|seen| seen.intersects(gone)) {
            return;
        }
    }
}
