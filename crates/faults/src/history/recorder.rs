//! Writes the history while it happens.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::sync::watch;
use tokio::time::timeout;

use super::{Record, What};

/// How long something may be waited for.
const DEADLINE: Duration = Duration::from_mins(1);

/// Writes the history. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Recorder {
    began: Instant,
    file: Arc<Mutex<BufWriter<File>>>,
    counts: Arc<watch::Sender<Counts>>,
    complaints: Arc<Mutex<Vec<String>>>,
}

/// How many answers there were of each kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Requests done.
    pub done: usize,
    /// Requests refused.
    pub refused: usize,
    /// Requests without an answer.
    pub unknown: usize,
}

impl Recorder {
    /// Begins a file.
    pub fn begin(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self {
            began: Instant::now(),
            file: Arc::new(Mutex::new(BufWriter::new(file))),
            counts: Arc::new(watch::Sender::default()),
            complaints: Arc::default(),
        })
    }

    /// Microseconds since the run began.
    pub fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Writes what happens now.
    pub fn note(&self, what: What) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, so that the lines stand in the order of their times.
        let record = Record { at: self.now(), what };
        let written =
            serde_json::to_writer(&mut *file, &record).map_err(Into::into).and_then(|()| file.write_all(b"\n"));
        drop(file);
        if let Err(error) = written {
            self.complain(format!("the history cannot be written: {error}"));
        }
        self.counts.send_if_modified(|counts| {
            match record.what {
                What::Ok(_) => counts.done += 1,
                What::Refused(_) => counts.refused += 1,
                What::Unknown(_) => counts.unknown += 1,
                _ => return false,
            }
            true
        });
    }

    /// Notes something that should never happen.
    pub fn complain(&self, complaint: String) {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).push(complaint);
    }

    /// What should never have happened.
    pub fn complaints(&self) -> Vec<String> {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The answers so far.
    pub fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    /// Waits until the counts satisfy a condition.
    pub async fn until(&self, what: &str, condition: impl Fn(Counts) -> bool) -> Result<()> {
        let mut counts = self.counts.subscribe();
        let waited = timeout(DEADLINE, counts.wait_for(|counts| condition(*counts))).await;
        if waited.is_err() {
            bail!("waited in vain until {what}: {:?}", self.counts());
        }
        Ok(())
    }

    /// Writes everything to the disk.
    pub fn flush(&self) -> Result<()> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).flush().context("the history cannot be written")
    }
}
