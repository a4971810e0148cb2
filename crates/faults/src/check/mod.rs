//! Judges a history: is there any way in which it could have come about without anything lost, doubled or overlooked?

mod answers;
mod calendars;
mod linear;
mod patience;
mod shown;
#[cfg(test)]
mod tests;
mod witness;

use std::collections::BTreeMap;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::history::{Offered, Operation, Record, What, operations};
use crate::truth::bookings::Bookings;
use crate::truth::{Event, together};
use linear::Failure;

pub(crate) use answers::Acknowledged;

/// What became of a check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What is wrong; nothing if all is well.
    pub complaints: Vec<String>,
    /// How much was looked at.
    pub figures: Figures,
}

/// How much was looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Operations.
    pub operations: usize,
    /// Times that one was sent.
    pub attempts: usize,
    /// Calendars, each of which could have come about in some order.
    pub calendars: usize,
    /// How many of them the log's own order explains.
    pub explained_by_the_log: usize,
    /// The parts of operations in them.
    pub steps: usize,
    /// Operations of which nobody knows what became of them.
    pub open: usize,
    /// Bookings that were acknowledged.
    pub bookings: usize,
    /// Bookings that hosts were shown.
    pub shown: usize,
    /// Events of the log.
    pub events: usize,
    /// Bookings that were given to a team's members in turn.
    pub in_turn: usize,
}

/// Judges what guests and hosts were told.
pub fn history(records: &[Record]) -> Result<Verdict> {
    told(records, &[])
}

fn told(records: &[Record], events: &[Event]) -> Result<Verdict> {
    let operations = operations(records)?;
    let offers = offers(records);
    let (acknowledged, mut complaints) = answers::read(&operations);
    let mut figures = Figures {
        operations: operations.len(),
        attempts: operations.iter().map(|operation| operation.attempts.len()).sum(),
        open: operations.iter().filter(|operation| operation.is_open()).count(),
        bookings: acknowledged.len(),
        ..Figures::default()
    };
    let calendars = calendars::apart(&offers, &operations)?;
    for (host, steps) in &calendars.steps {
        figures.calendars += 1;
        figures.steps += steps.len();
        if linear::is_explained_by(steps, &witness::changes(host, steps, &calendars.bookings, events)) {
            figures.explained_by_the_log += 1;
        } else if let Err(failure) = linear::explain(steps) {
            complaints.push(described(host, &failure));
        }
    }
    figures.shown = shown::check(records, &operations, &mut complaints);
    patience::check(records, &operations, &mut complaints);
    Ok(Verdict { complaints, figures })
}

/// Judges what guests were told, and the log beside it: it holds what was acknowledged, no more and no less.
pub fn history_and_log(records: &[Record], events: &[Event]) -> Result<Verdict> {
    let mut verdict = told(records, events)?;
    verdict.figures.events = events.len();
    let operations = operations(records)?;
    let open = operations.iter().any(Operation::is_open);
    let (acknowledged, _) = answers::read(&operations);
    match log(events, &offers(records)) {
        Ok((logged, in_turn)) => {
            verdict.figures.in_turn = in_turn;
            verdict.complaints.extend(logged.differences_from(&acknowledged, open));
        }
        Err(wrong) => verdict.complaints.push(format!("the log: {wrong:#}")),
    }
    Ok(verdict)
}

/// Judges the log by itself; says which bookings it tells of, and how many of them in turn.
pub fn log(events: &[Event], offers: &[Offered]) -> Result<(Bookings, usize)> {
    crate::truth::must_be_dense(events)?;
    let bookings = Bookings::logged(events)?;
    bookings.must_be_whole()?;
    bookings.must_not_overlap(offers)?;
    together::must_be_appended_together(events)?;
    Ok((bookings, together::must_be_assigned(events)?))
}

fn offers(records: &[Record]) -> Vec<Offered> {
    let offered = records.iter().filter_map(|record| match &record.what {
        What::Offered(offered) => Some(offered.clone()),
        _ => None,
    });
    offered.collect()
}

fn described(host: &str, failure: &Failure) -> String {
    match failure {
        Failure::Undecided => format!("calendar {host}: it takes too long to say whether its history is possible"),
        Failure::Impossible { explained, stuck, standing } => {
            let stuck: Vec<_> = stuck.iter().take(12).collect();
            let near: BTreeMap<_, _> =
                standing.iter().map(|(booking, place, version)| (booking, (place, version))).collect();
            format!(
                "calendar {host}: no order explains what guests were told. After {explained} steps none of these can come \
                 next: {stuck:#?}, while these bookings stand: {near:?}"
            )
        }
    }
}
