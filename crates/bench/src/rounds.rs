//! Turns taken by Daybook and its baseline.

use std::time::{Duration, Instant};

use anyhow::Result;
use hdrhistogram::Histogram;

/// Turns of each side.
const ROUNDS: u32 = 5;

/// What one side did in one turn.
pub struct Turn {
    /// Latencies in microseconds, one per operation.
    pub latencies: Histogram<u64>,
    /// How long the turn took.
    pub took: Duration,
}

impl Turn {
    /// An empty turn's histogram: 1 µs to a minute.
    pub fn histogram() -> Histogram<u64> {
        Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are in order")
    }

    /// Operations per second.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }
}

/// Both sides over all rounds.
pub struct Compared {
    /// Median of Daybook's rates.
    pub value: f64,
    /// Median of the baseline's rates.
    pub baseline: f64,
    /// Median of the rounds' ratios.
    pub ratio: f64,
    /// All latencies of Daybook.
    pub latencies: Histogram<u64>,
    /// All latencies of the baseline.
    pub baseline_latencies: Histogram<u64>,
}

/// Lets both take turns, after one turn each that does not count.
pub async fn compare(
    whole: Duration,
    mut daybook: impl AsyncFnMut(Duration) -> Result<Turn>,
    mut baseline: impl AsyncFnMut(Duration) -> Result<Turn>,
) -> Result<Compared> {
    let turn = whole / (2 * (ROUNDS + 1));
    baseline(turn).await?;
    daybook(turn).await?;
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut latencies, mut baseline_latencies) = (Turn::histogram(), Turn::histogram());
    for _ in 0..ROUNDS {
        let (base, own) = (baseline(turn).await?, daybook(turn).await?);
        ratios.push(own.rate() / base.rate());
        ours.push(own.rate());
        theirs.push(base.rate());
        latencies.add(&own.latencies)?;
        baseline_latencies.add(&base.latencies)?;
    }
    Ok(Compared { value: median(ours), baseline: median(theirs), ratio: median(ratios), latencies, baseline_latencies })
}

/// The middle one of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Microseconds since `begun`.
pub fn micros(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}
