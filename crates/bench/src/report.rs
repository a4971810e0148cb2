//! One measurement as a table or as JSON.

use anyhow::Result;
use hdrhistogram::Histogram;
use serde::Serialize;

/// One measurement beside its baseline.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What was measured.
    pub name: &'static str,
    /// Daybook's figure.
    pub value: f64,
    /// Of both figures.
    pub unit: &'static str,
    /// What the baseline is.
    pub baseline_name: &'static str,
    /// The baseline's figure.
    pub baseline: f64,
    /// Daybook's figure in baselines: the median over the rounds of each round's ratio.
    pub ratio: f64,
    /// What the project aims at.
    pub target: f64,
    /// Latencies of Daybook in microseconds.
    pub percentiles: Percentiles,
    /// Latencies of the baseline in microseconds.
    pub baseline_percentiles: Percentiles,
    /// Whatever else belongs to the figures.
    pub notes: Vec<String>,
}

/// Latencies in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Percentiles {
    /// Half were faster.
    pub p50: u64,
    /// 95 % were faster.
    pub p95: u64,
    /// 99 % were faster.
    pub p99: u64,
    /// The slowest.
    pub max: u64,
}

impl From<&Histogram<u64>> for Percentiles {
    fn from(histogram: &Histogram<u64>) -> Self {
        let at = |percentile| histogram.value_at_quantile(percentile);
        Self { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: histogram.max() }
    }
}

impl Report {
    /// Prints the measurement.
    #[expect(clippy::print_stdout, reason = "the command's answer")]
    pub fn print(&self, json: bool) -> Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        println!("{}: {:.2} × {} (target {:.2} ×)", self.name, self.ratio, self.baseline_name, self.target);
        println!("{:<28} {:>12} {:>9} {:>9} {:>9} {:>9}", "", self.unit, "p50 µs", "p95 µs", "p99 µs", "max µs");
        let row = |name: &str, value: f64, p: Percentiles| {
            println!("{name:<28} {value:>12.0} {:>9} {:>9} {:>9} {:>9}", p.p50, p.p95, p.p99, p.max);
        };
        row("daybook", self.value, self.percentiles);
        row(self.baseline_name, self.baseline, self.baseline_percentiles);
        for note in &self.notes {
            println!("  {note}");
        }
        Ok(())
    }
}
