//! A meeting type's lengths, in seconds.

use crate::meeting_type::Terms;
use crate::time::{Interval, MINUTE};

/// How long a meeting and what surrounds it are, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    /// The meeting.
    pub(super) duration: i64,
    /// The buffer before it.
    pub(super) before: i64,
    /// The buffer after it.
    pub(super) after: i64,
    /// From one candidate to the next.
    pub(super) step: i64,
    /// How much of the buffers must lie within the host's hours: all or nothing.
    within_hours: (i64, i64),
}

impl Lengths {
    pub(super) fn of(terms: &Terms) -> Self {
        let (before, after) = (seconds(terms.buffer_before_minutes), seconds(terms.buffer_after_minutes));
        Self {
            // Zero would make an empty meeting and an endless grid; the edge refuses both.
            duration: seconds(terms.duration_minutes.max(1)),
            step: seconds(terms.slot_interval_minutes.max(1)),
            before,
            after,
            within_hours: if terms.buffers_within_hours { (before, after) } else { (0, 0) },
        }
    }

    /// The meeting that starts at an epoch second.
    pub(super) fn meeting(&self, start: i64) -> Option<Interval> {
        Interval::new(start, start + self.duration)
    }

    /// The starts of meetings that lie within an unbroken stretch of hours.
    pub(super) fn starts_within(&self, hours: Interval) -> Option<Interval> {
        let (before, after) = self.within_hours;
        Interval::new(hours.start() + before, hours.end() - self.duration - after + 1)
    }

    /// What nothing else may overlap if this meeting takes place (S5).
    pub(super) const fn protected(&self, meeting: Interval) -> Interval {
        meeting.widened(self.before, self.after)
    }

    /// What must lie within the host's hours if this meeting takes place.
    pub(super) const fn at_work(&self, meeting: Interval) -> Interval {
        meeting.widened(self.within_hours.0, self.within_hours.1)
    }
}

fn seconds(minutes: u16) -> i64 {
    i64::from(minutes) * MINUTE
}
