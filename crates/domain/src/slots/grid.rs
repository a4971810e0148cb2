//! Candidate starts: window start + k × slot interval in elapsed time, which busy time never moves (S4).

use crate::time::Interval;

/// The candidates of one window.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    /// Where the window begins.
    pub(super) from: i64,
    /// From one candidate to the next, above 0.
    pub(super) step: i64,
}

impl Grid {
    /// Whether a start is one of the candidates, were the window endless.
    pub(super) const fn has(self, start: i64) -> bool {
        self.from <= start && (start - self.from) % self.step == 0
    }

    /// The first candidate at or after `at`, which must not lie before the window.
    const fn next(self, at: i64) -> i64 {
        self.from + (at - self.from + self.step - 1) / self.step * self.step
    }

    /// Visits, in order, the candidates among `starts` that lie in none of the stretches ruled out, which are disjoint and
    /// sorted. `starts` must lie in the window.
    pub(super) fn walk(self, starts: Interval, ruled_out: &[Interval], mut visit: impl FnMut(i64)) {
        let mut start = self.next(starts.start());
        let mut ahead = &ruled_out[ruled_out.partition_point(|out| out.end() <= start)..];
        while start < starts.end() {
            match ahead {
                [out, rest @ ..] if out.end() <= start => ahead = rest,
                [out, ..] if out.start() <= start => start = self.next(out.end()),
                _ => {
                    visit(start);
                    start += self.step;
                }
            }
        }
    }
}
