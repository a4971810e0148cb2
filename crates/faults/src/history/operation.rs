//! The records of one operation together.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

use super::{Ask, Record, Told, What};

/// An operation: a request that may have been sent several times, under one idempotency key.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Its number.
    pub op: u64,
    /// Who asked.
    pub client: u64,
    /// What was asked.
    pub ask: Ask,
    /// Each time that it was sent.
    pub attempts: Vec<Attempt>,
    /// Whether it is known that it has not happened and will not.
    pub is_settled: bool,
}

/// A request on its way, and what came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// To which node.
    pub node: usize,
    /// When it was sent.
    pub invoked: u64,
    /// When something came back, and what; none if the history ends before.
    pub answered: Option<(u64, Answer)>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It was done.
    Ok {
        /// The booking afterwards.
        booking: Told,
        /// Whether it had been done before.
        replayed: bool,
    },
    /// It was refused, with this code.
    Refused(String),
    /// Nobody knows.
    Unknown {
        /// Whether it cannot have arrived.
        never_arrived: bool,
    },
}

impl Operation {
    /// When it was sent first.
    pub fn invoked(&self) -> u64 {
        self.attempts.iter().map(|attempt| attempt.invoked).min().unwrap_or_default()
    }

    /// The answers that say that it was done, with their times, the first one first.
    pub fn done(&self) -> impl Iterator<Item = (u64, &Told, bool)> {
        let mut done: Vec<_> = self
            .attempts
            .iter()
            .filter_map(|attempt| match &attempt.answered {
                Some((at, Answer::Ok { booking, replayed })) => Some((*at, booking, *replayed)),
                _ => None,
            })
            .collect();
        done.sort_by_key(|(at, ..)| *at);
        done.into_iter()
    }

    /// The attempts that were refused: when each was sent, when it was refused, and why.
    pub fn refused(&self) -> impl Iterator<Item = (u64, u64, &str)> {
        self.attempts.iter().filter_map(|attempt| match &attempt.answered {
            Some((at, Answer::Refused(code))) => Some((attempt.invoked, *at, code.as_str())),
            _ => None,
        })
    }

    /// Whether an attempt may have had its effect although nobody said so.
    pub fn has_doubt(&self) -> bool {
        self.attempts
            .iter()
            .any(|attempt| matches!(attempt.answered, None | Some((_, Answer::Unknown { never_arrived: false }))))
    }

    /// Whether nobody knows what became of it: nobody said that it was done, and an attempt may have had its effect all the
    /// same. A refusal settles it only if nothing was on its way any more.
    pub fn is_open(&self) -> bool {
        self.done().next().is_none() && self.has_doubt() && !self.is_settled
    }
}

/// The operations of a history, by their numbers.
pub fn operations(records: &[Record]) -> Result<Vec<Operation>> {
    let mut operations: BTreeMap<u64, Operation> = BTreeMap::new();
    for record in records {
        let (op, attempt, answer) = match &record.what {
            What::Invoke(invoke) => {
                let attempt = Attempt { node: invoke.node, invoked: record.at, answered: None };
                let (op, client, ask) = (invoke.op, invoke.client, invoke.ask.clone());
                let operation = operations.entry(op).or_insert_with(|| Operation {
                    op,
                    client,
                    ask,
                    attempts: Vec::new(),
                    is_settled: false,
                });
                ensure!(
                    operation.attempts.len() == invoke.attempt as usize,
                    "operation {op}: attempts are not in order"
                );
                operation.attempts.push(attempt);
                continue;
            }
            What::Ok(done) => {
                let answer = Answer::Ok { booking: done.booking.clone(), replayed: done.replayed };
                (done.op, done.attempt, answer)
            }
            What::Refused(refused) => (refused.op, refused.attempt, Answer::Refused(refused.code.clone())),
            What::Unknown(unknown) => {
                (unknown.op, unknown.attempt, Answer::Unknown { never_arrived: unknown.never_arrived })
            }
            What::Settled(settled) => {
                operations.get_mut(&settled.op).context("settled before it was asked")?.is_settled = true;
                continue;
            }
            _ => continue,
        };
        let known = operations.get_mut(&op).and_then(|operation| operation.attempts.get_mut(attempt as usize));
        let known = known.with_context(|| format!("operation {op}: answered before it was asked"))?;
        ensure!(known.answered.is_none(), "operation {op}: one attempt was answered twice");
        known.answered = Some((record.at, answer));
    }
    Ok(operations.into_values().collect())
}
