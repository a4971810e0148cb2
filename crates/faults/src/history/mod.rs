//! What was asked, what was answered and what was broken meanwhile, in one file of JSON lines outside of everything that fails.

mod operation;
mod recorder;

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::faults::Hit;

pub use operation::{Answer, Attempt, Operation, operations};
pub use recorder::{Counts, Recorder};

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Microseconds since the run began, on a clock that only goes forward.
    pub at: u64,
    /// What happened then.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// The run began.
    Begun(Begun),
    /// A kind of meeting that can be booked.
    Offered(Offered),
    /// A guest sends a request to a node; the same operation may be sent several times, under one idempotency key.
    Invoke(Invoke),
    /// It was done.
    Ok(Done),
    /// It was refused.
    Refused(Refused),
    /// There was no answer, or one that leaves open what became of it.
    Unknown(Unknown),
    /// Its last answer was a refusal, and nothing of it was on its way any more: it has not happened and will not.
    Settled(Settled),
    /// A host was shown their bookings.
    Shown(Shown),
    /// Something was broken.
    Fault(Fault),
    /// It was mended.
    Healed(Round),
    /// Every node could take bookings again.
    Ready(Round),
    /// No more faults come and nothing is on its way any more: what is in doubt is cleared up.
    Calm,
}

/// How a run was started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// Decides faults and requests.
    pub seed: u64,
    /// How many nodes there are.
    pub nodes: usize,
    /// Whether nodes live in network namespaces of their own.
    pub namespaces: bool,
}

/// A kind of meeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    /// Its id.
    pub id: String,
    /// Who may be booked.
    pub hosts: Vec<String>,
    /// How many of them each booking takes.
    pub takes: usize,
    /// How long it takes.
    pub minutes: i64,
    /// Guests who may share a session; 1 if it is no group meeting.
    pub capacity: usize,
}

impl Offered {
    /// Whether a booking stands in several calendars.
    pub const fn is_collective(&self) -> bool {
        self.takes > 1
    }
}

/// A request on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invoke {
    /// The operation.
    pub op: u64,
    /// Which time it is sent.
    pub attempt: u32,
    /// Who sends it.
    pub client: u64,
    /// To which node.
    pub node: usize,
    /// What is asked.
    pub ask: Ask,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// A new booking.
    Book {
        /// Of which kind.
        offer: String,
        /// From when.
        start: DateTime<Utc>,
    },
    /// A booking moves.
    Move {
        /// Which one.
        booking: String,
        /// To when.
        start: DateTime<Utc>,
    },
    /// A booking is called off.
    Cancel {
        /// Which one.
        booking: String,
    },
}

/// A request was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// The operation.
    pub op: u64,
    /// Which time it was sent.
    pub attempt: u32,
    /// The booking afterwards.
    pub booking: Told,
    /// Whether the node said that it had done it before.
    pub replayed: bool,
}

/// A booking as somebody was told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub offer: String,
    /// In whose calendars it stands.
    pub hosts: Vec<String>,
    /// From when.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
    /// Whether it was called off.
    pub cancelled: bool,
    /// How often it was changed, and one.
    pub version: u64,
}

/// A request was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// The operation.
    pub op: u64,
    /// Which time it was sent.
    pub attempt: u32,
    /// Why.
    pub code: String,
}

/// Nobody knows what became of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unknown {
    /// The operation.
    pub op: u64,
    /// Which time it was sent.
    pub attempt: u32,
    /// Whether it cannot have arrived: nobody listened.
    pub never_arrived: bool,
    /// What there was instead of an answer.
    pub why: String,
}

/// An operation that has not happened and will not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    /// The operation.
    pub op: u64,
}

/// A host's list of bookings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// At which node.
    pub node: usize,
    /// Whose.
    pub host: String,
    /// When it was asked for.
    pub since: u64,
    /// The bookings.
    pub bookings: Vec<Told>,
}

/// Something was broken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Which one.
    pub round: usize,
    /// What, all at once.
    pub hits: Vec<Hit>,
}

/// A round of faults.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Which one.
    pub round: usize,
}

/// Reads a file of records.
pub fn read(path: &Path) -> Result<Vec<Record>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let lines = BufReader::new(file).lines().enumerate();
    let read = lines.map(|(number, line)| {
        serde_json::from_str(&line?).with_context(|| format!("{}, line {}", path.display(), number + 1))
    });
    read.collect()
}
