//! The output and the checkpoint that says how far it goes.
//!
//! The checkpoint is written after the event: a crash in between leaves output that the checkpoint does not cover, and that
//! is cut off at the next start. So the two always agree, which is all that "exactly once" takes. Whoever writes to a
//! database keeps both in one transaction instead.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// How far the output goes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// The stream sequence of the last message; 0 before the first one.
    pub(crate) sequence: u64,
    /// The id of its event.
    pub(crate) event_id: String,
    /// The length of the output with it.
    length: u64,
}

/// A file of events, one a line.
#[derive(Debug)]
pub(crate) struct Output {
    file: File,
    path: PathBuf,
    checkpoint: Checkpoint,
}

impl Output {
    /// Opens the output, or begins it, at its checkpoint.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let checkpoint = match fs::read(beside(path, "checkpoint")) {
            Ok(json) => serde_json::from_slice(&json).context("the checkpoint is damaged")?,
            Err(error) if error.kind() == ErrorKind::NotFound => Checkpoint::default(),
            Err(error) => return Err(error).context("the checkpoint cannot be read"),
        };
        let file = OpenOptions::new().create(true).append(true).open(path).context("the output cannot be opened")?;
        file.set_len(checkpoint.length)?;
        Ok(Self { file, path: path.to_owned(), checkpoint })
    }

    /// How far it goes.
    pub(crate) const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Adds an event.
    pub(crate) fn append(&mut self, sequence: u64, event_id: String, event: &[u8]) -> Result<()> {
        // Another writer's line breaks stand between the parts of an event, never within.
        let mut line: Vec<u8> = event.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }).collect();
        line.push(b'\n');
        self.file.write_all(&line)?;
        let length = self.checkpoint.length + line.len() as u64;
        self.checkpoint = Checkpoint { sequence, event_id, length };
        // Against a power cut, as opposed to a crash, sync the output here, and the checkpoint before it gets its name.
        let new = beside(&self.path, "checkpoint.new");
        fs::write(&new, serde_json::to_vec(&self.checkpoint)?)?;
        // In one step: nobody ever sees half a checkpoint.
        fs::rename(new, beside(&self.path, "checkpoint"))?;
        Ok(())
    }
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{what}"));
    name.into()
}
