//! A measurement for people.

use super::{Percentiles, Report};
use crate::cpu::Used;

/// Prints it to standard output.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(super) fn print(report: &Report) {
    let Report { name, unit, value, .. } = report;
    match (report.ratio, report.baseline_name) {
        (Some(ratio), Some(baseline)) => println!("{name}: {ratio:.2} × {baseline}"),
        _ => println!("{name}: {} {unit}", figure(*value)),
    }
    println!("  {:<30} {unit:>14} {:>10} {:>10} {:>10} {:>10}", "", "p50 µs", "p95 µs", "p99 µs", "max µs");
    row("daybook", *value, report.percentiles.as_ref());
    if let (Some(name), Some(value)) = (report.baseline_name, report.baseline) {
        row(name, value, report.baseline_percentiles.as_ref());
    }
    for goal in &report.goals {
        println!("  {}", goal.line());
    }
    let sides = [
        ("daybook", &report.cpu_seconds, &report.cpu_micros_each),
        ("baseline", &report.baseline_cpu_seconds, &report.baseline_cpu_micros_each),
    ];
    for (side, used, each) in sides {
        if !used.0.is_empty() {
            println!("  CPU seconds in the turns of {side}: {}", parts(used));
        }
        if !each.0.is_empty() {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let cores = f64::from(u32::try_from(cores).unwrap_or(u32::MAX));
            let most = cores * 1_000_000.0 / each.sum();
            let sum = figure(each.sum());
            println!("  CPU µs each: {}; {sum} in all, so at most {}/s on {cores} cores", parts(each), figure(most));
        }
    }
    for note in &report.notes {
        println!("  {note}");
    }
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn row(name: &str, value: f64, percentiles: Option<&Percentiles>) {
    let Percentiles { p50, p95, p99, max, .. } = match percentiles {
        Some(percentiles) => *percentiles,
        None => return println!("  {name:<30} {:>14}", figure(value)),
    };
    let (p50, p95, p99, max) = (figure(p50), figure(p95), figure(p99), figure(max));
    println!("  {name:<30} {:>14} {p50:>10} {p95:>10} {p99:>10} {max:>10}", figure(value));
}

/// Each part with its figure.
fn parts(used: &Used) -> String {
    let parts: Vec<String> = used.0.iter().map(|(part, seconds)| format!("{part} {seconds:.1}")).collect();
    parts.join(", ")
}

/// A figure with three or more digits that count.
pub(super) fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
