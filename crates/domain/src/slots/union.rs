//! Joining stretches of time.

use crate::time::Interval;

/// The union of intervals that come sorted by start: disjoint, and joined where they touch.
pub(super) fn union(sorted: impl IntoIterator<Item = Interval>) -> Vec<Interval> {
    let mut union: Vec<Interval> = Vec::new();
    for interval in sorted {
        match union.last_mut() {
            Some(last) if interval.start() <= last.end() => *last = last.hull(interval),
            _ => union.push(interval),
        }
    }
    union
}
