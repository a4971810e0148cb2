//! One measurement: a table, JSON, a plot.

mod machine;
mod plot;
mod table;

use std::path::Path;

use anyhow::Result;
use hdrhistogram::Histogram;
use serde::Serialize;

use crate::cpu::Used;
use crate::rounds::{Compared, Side};
use crate::turn::SLOT;
pub use machine::Machine;
use table::figure;

/// One measurement beside its baseline.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What was measured.
    pub name: &'static str,
    /// Daybook's figure.
    pub value: f64,
    /// Of both figures.
    pub unit: &'static str,
    /// What the baseline is, if there is one.
    pub baseline_name: Option<&'static str>,
    /// The baseline's figure.
    pub baseline: Option<f64>,
    /// Daybook's figure in baselines.
    pub ratio: Option<f64>,
    /// What the project aims at, and whether it is met.
    pub goals: Vec<Goal>,
    /// Latencies of Daybook in microseconds.
    pub percentiles: Option<Percentiles>,
    /// Latencies of the baseline in microseconds.
    pub baseline_percentiles: Option<Percentiles>,
    /// CPU seconds of each part while Daybook had its turns.
    pub cpu_seconds: Used,
    /// CPU seconds of each part while the baseline had its turns.
    pub baseline_cpu_seconds: Used,
    /// CPU microseconds of each part for one operation.
    pub cpu_micros_each: Used,
    /// The same of the baseline.
    pub baseline_cpu_micros_each: Used,
    /// Whatever else belongs to the figures.
    pub notes: Vec<String>,
    /// What the plot shows.
    pub panels: Vec<Panel>,
}

/// A figure and what it should be.
#[derive(Clone, Debug, Serialize)]
pub struct Goal {
    /// What the figure is.
    pub figure: String,
    /// What it came to.
    pub value: f64,
    /// Whether more or less is better.
    pub bound: Bound,
    /// What it should come to.
    pub target: f64,
    /// Whether it does.
    pub met: bool,
}

/// Whether more or less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// More is.
    AtLeast,
    /// Less is.
    AtMost,
}

impl Goal {
    /// A figure of which more is better.
    pub fn at_least(figure: impl Into<String>, value: f64, target: f64) -> Self {
        Self { figure: figure.into(), value, bound: Bound::AtLeast, target, met: value >= target }
    }

    /// A figure of which less is better.
    pub fn at_most(figure: impl Into<String>, value: f64, target: f64) -> Self {
        Self { figure: figure.into(), value, bound: Bound::AtMost, target, met: value <= target }
    }

    /// The same goal for another value of the figure.
    pub fn with_value(&self, value: f64) -> Self {
        match self.bound {
            Bound::AtLeast => Self::at_least(self.figure.clone(), value, self.target),
            Bound::AtMost => Self::at_most(self.figure.clone(), value, self.target),
        }
    }

    /// In one line.
    pub fn line(&self) -> String {
        let (bound, verdict) =
            (if self.bound == Bound::AtLeast { "≥" } else { "≤" }, if self.met { "met" } else { "missed" });
        format!("{} {}, target {bound} {}: {verdict}", figure(self.value), self.figure, figure(self.target))
    }
}

/// Latencies in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Percentiles {
    /// Half were faster.
    pub p50: f64,
    /// 95 % were faster.
    pub p95: f64,
    /// 99 % were faster.
    pub p99: f64,
    /// 99.9 % were faster.
    pub p999: f64,
    /// The slowest.
    pub max: f64,
}

impl From<&Histogram<u64>> for Percentiles {
    fn from(nanoseconds: &Histogram<u64>) -> Self {
        let at = |quantile| micros(nanoseconds.value_at_quantile(quantile));
        Self { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: micros(nanoseconds.max()) }
    }
}

/// One drawing of a plot.
#[derive(Clone, Debug, Serialize)]
pub struct Panel {
    /// What it shows.
    pub title: &'static str,
    /// What the horizontal axis is.
    pub x: &'static str,
    /// What the vertical axis is.
    pub y: &'static str,
    /// Whether both axes are logarithmic.
    pub logarithmic: bool,
    /// Named curves.
    pub curves: Vec<(String, Vec<(f64, f64)>)>,
}

impl Report {
    /// A measurement with a figure and nothing else yet.
    pub const fn new(name: &'static str, value: f64, unit: &'static str) -> Self {
        Self {
            name,
            value,
            unit,
            baseline_name: None,
            baseline: None,
            ratio: None,
            goals: Vec::new(),
            percentiles: None,
            baseline_percentiles: None,
            cpu_seconds: Used(std::collections::BTreeMap::new()),
            baseline_cpu_seconds: Used(std::collections::BTreeMap::new()),
            cpu_micros_each: Used(std::collections::BTreeMap::new()),
            baseline_cpu_micros_each: Used(std::collections::BTreeMap::new()),
            notes: Vec::new(),
            panels: Vec::new(),
        }
    }

    /// The rates of two sides that took turns.
    pub fn rates(name: &'static str, unit: &'static str, baseline_name: &'static str, compared: Compared) -> Self {
        let (ratio, Compared { daybook, baseline }) = (compared.ratio(), compared);
        let panels = panels(baseline_name, &daybook, Some(&baseline));
        Self {
            baseline_name: Some(baseline_name),
            baseline: Some(baseline.rate()),
            ratio: Some(ratio),
            percentiles: Some((&daybook.latencies).into()),
            baseline_percentiles: Some((&baseline.latencies).into()),
            panels,
            cpu_micros_each: daybook.cpu.micros_per(daybook.operations),
            baseline_cpu_micros_each: baseline.cpu.micros_per(baseline.operations),
            cpu_seconds: daybook.cpu.clone(),
            baseline_cpu_seconds: baseline.cpu,
            ..Self::new(name, daybook.rate(), unit)
        }
    }

    /// Adds a goal.
    #[must_use]
    pub fn goal(mut self, goal: Goal) -> Self {
        self.goals.push(goal);
        self
    }

    /// Adds a remark.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Draws it as SVG.
    pub fn plot(&self, file: &Path) -> Result<()> {
        plot::draw(self, file)
    }

    /// Prints it as a table.
    pub fn print(&self) {
        table::print(self);
    }
}

/// Latency and throughput of both sides.
pub fn panels(baseline_name: &str, daybook: &Side, baseline: Option<&Side>) -> Vec<Panel> {
    let sides = || [("daybook", Some(daybook)), (baseline_name, baseline)].into_iter();
    let curves = |of: &dyn Fn(&Side) -> Vec<(f64, f64)>| {
        sides().filter_map(|(name, side)| Some((name.to_owned(), of(side?)))).collect()
    };
    vec![
        Panel {
            title: "Latency",
            x: "1 in so many is slower",
            y: "µs",
            logarithmic: true,
            curves: curves(&|side| quantiles(&side.latencies)),
        },
        Panel {
            title: "Throughput over time",
            x: "seconds of its own turns",
            y: "per second",
            logarithmic: false,
            curves: curves(&|side| throughput(&side.completed)),
        },
    ]
}

/// Latencies (µs) that 1 in 1, 1 in 2, … are slower than.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn quantiles(latencies: &Histogram<u64>) -> Vec<(f64, f64)> {
    let total = latencies.len() as f64;
    let one_in = (0..60).map(|step| 1.25_f64.powi(step)).take_while(|one_in| *one_in <= total);
    one_in.map(|one_in| (one_in, micros(latencies.value_at_quantile(1.0 - 1.0 / one_in)).max(0.1))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn throughput(completed: &[u64]) -> Vec<(f64, f64)> {
    let slot = SLOT.as_secs_f64();
    completed.iter().enumerate().map(|(at, count)| (at as f64 * slot, *count as f64 / slot)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn micros(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1000.0
}
