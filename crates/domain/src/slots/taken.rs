//! Time that is held already, and the starts that it rules out (S5).

use super::lengths::Lengths;
use super::union::union;
use crate::time::Interval;

/// Every stretch of time that a new meeting's protected range must not overlap.
pub(super) struct Taken {
    /// Sorted by start; they may overlap.
    held: Vec<Interval>,
}

impl Taken {
    /// The protected ranges of bookings and the external busy times, in any order.
    pub(super) fn by(mut held: Vec<Interval>) -> Self {
        held.sort_unstable();
        Self { held }
    }

    /// The starts at which a new meeting of these lengths would overlap something; disjoint and sorted.
    pub(super) fn ruled_out(&self, lengths: &Lengths) -> Vec<Interval> {
        // [t − before, t + duration + after) overlaps [start, end) exactly if start − duration − after < t < end + before.
        let reach = lengths.duration + lengths.after - 1;
        union(self.held.iter().map(|held| held.widened(reach, lengths.before)))
    }

    /// A counter of what overlaps.
    pub(super) fn overlaps(&self) -> Overlaps {
        let mut ends: Vec<i64> = self.held.iter().map(|held| held.end()).collect();
        ends.sort_unstable();
        Overlaps { starts: self.held.iter().map(|held| held.start()).collect(), ends }
    }
}

/// Counts overlaps without looking at each stretch.
pub(super) struct Overlaps {
    starts: Vec<i64>,
    ends: Vec<i64>,
}

impl Overlaps {
    /// How many stretches overlap this one: those that have begun before it ends, less those that have ended before it.
    pub(super) fn with(&self, stretch: Interval) -> usize {
        let begun = self.starts.partition_point(|start| *start < stretch.end());
        begun - self.ends.partition_point(|end| *end <= stretch.start())
    }
}
