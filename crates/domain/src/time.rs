//! Instants and intervals.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A moment in UTC.
pub type Instant = DateTime<Utc>;

/// Seconds in a minute, as the slot engine counts.
pub const MINUTE: i64 = 60;

/// A half-open, never empty stretch of time in seconds since the Unix epoch: `[start, end)`.
///
/// Touching is not overlapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interval {
    start: i64,
    end: i64,
}

impl Interval {
    /// From as long ago as anybody asks to as far ahead: years 1 to 9998. Lengths can be added to its ends without overflow.
    pub const EVER: Self = Self { start: -62_135_596_800, end: 253_370_764_800 };

    /// The interval `[start, end)` in epoch seconds, or `None` where it would be empty.
    pub const fn new(start: i64, end: i64) -> Option<Self> {
        if start < end { Some(Self { start, end }) } else { None }
    }

    /// The interval between two instants, or `None` where it would be empty. Fractions of a second are cut off.
    pub fn between(start: Instant, end: Instant) -> Option<Self> {
        Self::new(start.timestamp(), end.timestamp())
    }

    /// First second of the interval, since the Unix epoch.
    pub const fn start(self) -> i64 {
        self.start
    }

    /// First second after the interval, since the Unix epoch.
    pub const fn end(self) -> i64 {
        self.end
    }

    /// Length in seconds, at least 1.
    pub const fn seconds(self) -> i64 {
        self.end - self.start
    }

    /// Whether the two share at least one second.
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `other` lies inside.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether an epoch second lies inside.
    pub const fn contains_second(self, second: i64) -> bool {
        self.start <= second && second < self.end
    }

    /// The part that both share.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }

    /// The smallest interval that contains both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The interval widened by seconds on each side; both must not be negative.
    #[must_use]
    pub const fn widened(self, before: i64, after: i64) -> Self {
        Self { start: self.start - before, end: self.end + after }
    }
}

/// The instant of an epoch second. Seconds outside chrono's range (over 200,000 years away) become its limits.
pub fn instant(seconds: i64) -> Instant {
    DateTime::from_timestamp(seconds, 0).unwrap_or(if seconds < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    })
}
