//! A run: faults in the middle of load, and then the reckoning.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use futures::FutureExt as _;
use tokio::time::timeout;

use crate::check;
use crate::faults::{Injector, Kind, Pace, Script};
use crate::guests::{Crowd, Guests};
use crate::history::{self, Begun, Recorder, What, operations};
use crate::report::Report;
use crate::stage::{NODES, Stage, obstacle};
use crate::truth::{self, Event, reckoning};

/// The history's file, in a run's directory.
pub const HISTORY: &str = "history.jsonl";
/// The log's file, as it was at the end.
pub const LOG: &str = "log.jsonl";
/// The report's file.
pub const REPORT: &str = "report.json";

/// When a run has gone on for long enough.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// After so much time with faults.
    Elapsed(Duration),
    /// After so many faults.
    Faults(usize),
}

/// What is run.
#[derive(Clone, Debug)]
pub struct Run {
    /// How long.
    pub until: Until,
    /// Decides which faults come, and what guests ask for.
    pub seed: u64,
    /// Which kinds of faults.
    pub kinds: Vec<Kind>,
    /// Where the history, logs and the report go.
    pub output: PathBuf,
    /// Whether faults are short and follow each other closely, as in a test.
    pub is_brief: bool,
    /// Says how it goes on.
    pub progress: fn(&str),
}

impl Run {
    /// Runs; what is wrong stands in the report. An error means that the run itself could not go on, which is wrong as well.
    pub async fn execute(&self) -> Result<Report> {
        let began = Instant::now();
        fs::create_dir_all(&self.output).with_context(|| format!("cannot make {}", self.output.display()))?;
        let limitation = if self.kinds.contains(&Kind::Partition) { obstacle() } else { None };
        let with_namespaces = self.kinds.contains(&Kind::Partition) && limitation.is_none();
        let mut stage = Stage::set(with_namespaces).await?;
        let recorder = Recorder::begin(&self.output.join(HISTORY))?;
        recorder.note(What::Begun(Begun { seed: self.seed, nodes: NODES, namespaces: with_namespaces }));
        for offer in &stage.offers {
            recorder.note(What::Offered(offer.clone()));
        }

        let ended = without_panic(self.with_faults(&mut stage, &recorder, with_namespaces)).await;
        recorder.flush()?;
        let not_reached = *ended.as_ref().unwrap_or(&0);
        let reckoned = match ended {
            Ok(_) => without_panic(Box::pin(self.reckon(&mut stage))).await,
            Err(error) => {
                // What the log says helps to understand it, if it can be had.
                let _ = timeout(Duration::from_secs(10), self.keep_log(&stage)).await;
                Err(error)
            }
        };

        (self.progress)("checking the history");
        let records = history::read(&self.output.join(HISTORY))?;
        let mut report = Report::of(&records, &operations(&records)?);
        let events = read_log(&self.output).ok();
        let verdict = match &events {
            Some(events) => check::history_and_log(&records, events)?,
            None => check::history(&records)?,
        };
        report.checked = verdict.figures;
        report.complaints = recorder.complaints();
        report.complaints.extend(verdict.complaints);
        match reckoned {
            Ok(truth) => report.truth = Some(truth),
            Err(error) => report.complaints.push(format!("{error:#}")),
        }
        report.failpoints_not_reached = not_reached;
        report.limitations = limitation
            .map(|why| format!("partitions by network namespace ({why}); the proxies cut all the same"))
            .into_iter()
            .collect();
        report.seconds = began.elapsed().as_secs_f64();
        fs::write(self.output.join(REPORT), serde_json::to_vec_pretty(&report)?)?;
        Ok(report)
    }

    /// Load and faults; then what is in doubt is cleared up. Says how many failpoints were not reached.
    async fn with_faults(&self, stage: &mut Stage, recorder: &Recorder, with_namespaces: bool) -> Result<usize> {
        let (pace, crowd) = self.manner();
        let guests = Guests::begin(stage, recorder, crowd, self.seed);
        let mut script = Script::new(self.seed, &self.kinds, with_namespaces);
        let mut injector = Injector::new(pace, recorder.clone(), self.output.clone(), self.seed);
        recorder.until("guests have begun", |counts| counts.done >= 50).await?;
        let (began, mut round, mut struck) = (Instant::now(), 0, 0);
        while !self.until.is_reached(began, struck) && recorder.complaints().is_empty() {
            let hits = script.next();
            let count = hits.len();
            let said = hits.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let before = recorder.counts();
            injector.inject(stage, round, hits).await?;
            // Bookings go on afterwards.
            let done = recorder.counts().done;
            recorder.until("bookings go on", |counts| counts.done > done).await?;
            (round, struck) = (round + 1, struck + count);
            let now = recorder.counts();
            (self.progress)(&format!(
                "{:>5.0} s  {struck:>4} faults  {:>7} done (+{:<4}) {:>7} refused {:>6} unanswered  {said}",
                began.elapsed().as_secs_f64(),
                now.done,
                now.done - before.done,
                now.refused,
                now.unknown,
            ));
        }
        guests.pause();
        injector.calm(stage).await?;
        guests.settle(Duration::from_mins(2)).await?;
        Ok(injector.not_reached)
    }

    const fn manner(&self) -> (Pace, Crowd) {
        let milliseconds = Duration::from_millis;
        if self.is_brief {
            let pace = Pace {
                lasts: (milliseconds(300), milliseconds(900)),
                long_one_in: 0,
                reached_within: milliseconds(2_000),
                pause: milliseconds(100),
            };
            (pace, Crowd { guests: 16, thinking: milliseconds(20), in_doubt: Duration::from_secs(25) })
        } else {
            let pace = Pace {
                lasts: (milliseconds(500), milliseconds(3_000)),
                long_one_in: 15,
                reached_within: milliseconds(3_000),
                pause: milliseconds(1_500),
            };
            (pace, Crowd { guests: 20, thinking: milliseconds(100), in_doubt: Duration::from_secs(25) })
        }
    }

    /// Writes down what the log says.
    async fn keep_log(&self, stage: &Stage) -> Result<Vec<Event>> {
        let events = truth::events(&stage.log()).await?;
        write_log(&self.output, &events)?;
        Ok(events)
    }

    async fn reckon(&self, stage: &mut Stage) -> Result<reckoning::Reckoning> {
        (self.progress)("holding read models and streams against the log");
        let events = self.keep_log(stage).await?;
        let reckoning = reckoning::reckon(stage, &events).await?;
        (self.progress)("deleting JetStream's store, and filling it again from the log");
        reckoning::lose_jetstream(stage, &events).await?;
        Ok(reckoning)
    }
}

/// A panic, as an expectation that was not met, is one more thing that went wrong: the report tells of it.
async fn without_panic<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
        Err(anyhow!("{}", said.unwrap_or_else(|| "a panic".to_owned())))
    })
}

impl Until {
    fn is_reached(self, began: Instant, faults: usize) -> bool {
        match self {
            Self::Elapsed(limit) => began.elapsed() >= limit,
            Self::Faults(count) => faults >= count,
        }
    }
}

fn write_log(output: &Path, events: &[Event]) -> Result<()> {
    let mut file = BufWriter::new(File::create(output.join(LOG))?);
    for event in events {
        serde_json::to_writer(&mut file, event)?;
        file.write_all(b"\n")?;
    }
    file.flush().context("the log cannot be written")
}

/// The log that a run has left in its directory.
pub fn read_log(output: &Path) -> Result<Vec<Event>> {
    let path = output.join(LOG);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    text.lines().map(|line| serde_json::from_str(line).with_context(|| path.display().to_string())).collect()
}
