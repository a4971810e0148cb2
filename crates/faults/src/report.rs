//! What a run comes to: a table for people, `report.json` for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::check::Figures;
use crate::faults::{Hit, Kind};
use crate::history::{Answer, Ask, Operation, Record, What};
use crate::recovery::{self, Recovery};
use crate::truth::reckoning::Reckoning;

/// What a run comes to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// How long it took, with everything.
    pub seconds: f64,
    /// What could not be done here, and why.
    pub limitations: Vec<String>,
    /// What is wrong.
    pub complaints: Vec<String>,
    /// Rounds of faults; several faults strike at once in most of them.
    pub rounds: usize,
    /// Faults by kind.
    pub faults: BTreeMap<Kind, usize>,
    /// Faults by sort.
    pub sorts: BTreeMap<String, usize>,
    /// Failpoints that a node was started with and did not reach in time. It was killed instead.
    pub failpoints_not_reached: usize,
    /// Operations by what was asked and how they ended.
    pub operations: BTreeMap<String, BTreeMap<String, usize>>,
    /// What became of operations that were once in doubt.
    pub doubts: BTreeMap<String, usize>,
    /// What the checker looked at.
    pub checked: Figures,
    /// What was held against the log.
    pub truth: Option<Reckoning>,
    /// How long it took until bookings were made again, by kind of fault.
    pub recovery: BTreeMap<Kind, Recovery>,
}

impl Report {
    /// What a history says by itself.
    pub fn of(records: &[Record], operations: &[Operation]) -> Self {
        let mut report = Self::default();
        for record in records {
            match &record.what {
                What::Begun(begun) => report.seed = begun.seed,
                What::Fault(fault) => report.count_faults(&fault.hits),
                _ => {}
            }
        }
        for operation in operations {
            report.count_operation(operation);
        }
        report.recovery = recovery::by_kind(records);
        report
    }

    fn count_faults(&mut self, hits: &[Hit]) {
        self.rounds += 1;
        for hit in hits {
            *self.faults.entry(hit.kind()).or_default() += 1;
            *self.sorts.entry(sort(*hit)).or_default() += 1;
        }
    }

    fn count_operation(&mut self, operation: &Operation) {
        let what = match operation.ask {
            Ask::Book { .. } => "book",
            Ask::Move { .. } => "move",
            Ask::Cancel { .. } => "cancel",
        };
        let first = operation.done().next();
        let end = match first {
            Some(_) => "done",
            None if operation.is_open() => "open",
            None if operation.refused().next().is_some() => "refused",
            None => "never arrived",
        };
        *self.operations.entry(what.to_owned()).or_default().entry(end.to_owned()).or_default() += 1;
        if operation.has_doubt() {
            let became = match first {
                Some((_, _, true)) => "had happened",
                Some((_, _, false)) => "happened when asked again",
                None if operation.is_open() => "open",
                None => "had not happened",
            };
            *self.doubts.entry(became.to_owned()).or_default() += 1;
        }
        let answers = operation
            .attempts
            .iter()
            .filter(|attempt| matches!(attempt.answered, Some((_, Answer::Unknown { .. })) | None));
        *self.doubts.entry("attempts without an answer".to_owned()).or_default() += answers.count();
    }

    /// Faults in all.
    pub fn faults_in_all(&self) -> usize {
        self.faults.values().sum()
    }
}

/// What is counted as one sort of fault: which node it was does not matter.
fn sort(hit: Hit) -> String {
    let text = hit.to_string();
    (0..crate::stage::NODES).fold(text, |text, node| text.replace(&format!("Node({node})"), "a node"))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}, {:.0} s: {} faults in {} rounds",
            self.seed,
            self.seconds,
            self.faults_in_all(),
            self.rounds
        )?;
        for limitation in &self.limitations {
            writeln!(f, "NOT DONE: {limitation}")?;
        }
        writeln!(f, "\n{:<52} {:>6}", "fault", "times")?;
        for (sort, count) in &self.sorts {
            writeln!(f, "{sort:<52} {count:>6}")?;
        }
        if self.failpoints_not_reached > 0 {
            writeln!(
                f,
                "{:<52} {:>6}",
                "(failpoints not reached in time: killed instead)", self.failpoints_not_reached
            )?;
        }
        writeln!(f, "\n{:<10} {:>8} {:>8} {:>8} {:>14}", "asked", "done", "refused", "open", "never arrived")?;
        for (what, ends) in &self.operations {
            let count = |end: &str| ends.get(end).copied().unwrap_or_default();
            let (done, refused, open) = (count("done"), count("refused"), count("open"));
            writeln!(f, "{what:<10} {done:>8} {refused:>8} {open:>8} {:>14}", count("never arrived"))?;
        }
        writeln!(f, "\nin doubt: {:?}", self.doubts)?;
        let seconds = |duration: Duration| format!("{:.1}", duration.as_secs_f64());
        writeln!(
            f,
            "\n{:<10} {:>7} {:>12} {:>10} {:>12} {:>10} {:>14}",
            "kind", "rounds", "booked p50", "max s", "ready p50", "max s", "longest gap s"
        )?;
        for (kind, recovery) in &self.recovery {
            let kind = format!("{kind:?}").to_lowercase();
            writeln!(
                f,
                "{kind:<10} {:>7} {:>12} {:>10} {:>12} {:>10} {:>14}",
                recovery.rounds,
                seconds(recovery.booked.0),
                seconds(recovery.booked.1),
                seconds(recovery.ready.0),
                seconds(recovery.ready.1),
                seconds(recovery.longest_gap),
            )?;
        }
        let checked = &self.checked;
        writeln!(
            f,
            "\nchecked: {} operations in {} attempts; {} calendars of {} steps, each linearizable, {} of them in the log's own order; {} bookings acknowledged; \
             {} times a booking was shown",
            checked.operations,
            checked.attempts,
            checked.calendars,
            checked.steps,
            checked.explained_by_the_log,
            checked.bookings,
            checked.shown
        )?;
        if let Some(truth) = self.truth {
            writeln!(
                f,
                "the log: {} events, each once and in order in both streams; {} bookings, {} of them in several calendars and \
                 {} in turn; {} rows equal to a rebuild; 0 overlaps",
                truth.events, truth.bookings, truth.collective, checked.in_turn, truth.rows
            )?;
        }
        match self.complaints.as_slice() {
            [] => write!(f, "nothing lost, nothing doubled"),
            complaints => {
                writeln!(f, "{} COMPLAINTS", complaints.len())?;
                complaints.iter().take(20).try_for_each(|complaint| writeln!(f, "- {complaint}"))
            }
        }
    }
}
