//! Turns taken by Daybook and its baseline.

use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;

use crate::cpu::{Meter, Used};
use crate::turn::{Turn, latencies};

/// Turns of each side.
pub const ROUNDS: u32 = 5;

/// One side over all rounds.
pub struct Side {
    /// Operations per second, of each round.
    pub rates: Vec<f64>,
    /// All latencies, in nanoseconds.
    pub latencies: Histogram<u64>,
    /// Operations that ended in each slot of its turns, one turn after the other.
    pub completed: Vec<u64>,
    /// CPU time that its turns used, by part.
    pub cpu: Used,
    /// How many operations ended in its turns.
    pub operations: u64,
}

impl Side {
    /// A side before its first turn.
    pub fn new() -> Self {
        Self { rates: Vec::new(), latencies: latencies(), completed: Vec::new(), cpu: Used::default(), operations: 0 }
    }

    /// Adds a turn and what it used.
    pub fn add(&mut self, turn: &Turn, used: &Used) {
        self.rates.push(turn.rate());
        self.latencies.add(&turn.latencies).expect("the same bounds");
        // The last slot of a turn is not a whole one.
        let whole = turn.completed.len().saturating_sub(1).max(1);
        self.completed.extend(turn.completed.iter().take(whole));
        self.cpu.add(used);
        self.operations += turn.operations;
    }

    /// Takes a turn, and measures what it uses.
    pub async fn take(&mut self, meter: &Meter, turn: impl Future<Output = Result<Turn>>) -> Result<()> {
        let before = meter.read()?;
        let turn = turn.await?;
        self.add(&turn, &meter.read()?.since(&before));
        Ok(())
    }

    /// The median of its rates.
    pub fn rate(&self) -> f64 {
        median(&self.rates)
    }
}

/// Both sides over all rounds.
pub struct Compared {
    /// Daybook.
    pub daybook: Side,
    /// What it is compared with.
    pub baseline: Side,
}

impl Compared {
    /// Daybook's rate in baselines: the median over the rounds of each round's ratio.
    pub fn ratio(&self) -> f64 {
        let rounds = self.daybook.rates.iter().zip(&self.baseline.rates);
        median(&rounds.map(|(own, base)| own / base).collect::<Vec<_>>())
    }
}

/// Lets both take turns, after one turn each that does not count.
pub async fn compare(
    whole: Duration,
    meter: &Meter,
    mut daybook: impl AsyncFnMut(Duration) -> Result<Turn>,
    mut baseline: impl AsyncFnMut(Duration) -> Result<Turn>,
) -> Result<Compared> {
    let turn = whole / (2 * (ROUNDS + 1));
    baseline(turn).await?;
    daybook(turn).await?;
    let mut compared = Compared { daybook: Side::new(), baseline: Side::new() };
    for _ in 0..ROUNDS {
        compared.baseline.take(meter, baseline(turn)).await?;
        compared.daybook.take(meter, daybook(turn)).await?;
    }
    Ok(compared)
}

/// The middle one of some figures; 0 of none.
pub fn median(figures: &[f64]) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
