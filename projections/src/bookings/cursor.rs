//! Where a page of bookings ended.

use std::fmt;
use std::str::FromStr;

use chrono::DateTime;
use daybook_domain::ids::BookingId;
use daybook_domain::time::{Instant, Interval};
use uuid::Uuid;

use super::booking::Booking;

/// The place behind a booking in the list, which is ordered by start and id. It names a booking rather than a number of them
/// to skip, so a list that grows or shrinks meanwhile neither repeats nor loses one.
///
/// Its text means nothing outside. It grants nothing either: every list is one host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(super) start: Instant,
    pub(super) id: BookingId,
}

impl Cursor {
    /// The place behind this booking.
    pub const fn after(booking: &Booking) -> Self {
        Self { start: booking.start_time, id: booking.id }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.start.timestamp_micros(), self.id.0.simple())
    }
}

/// Not a cursor of this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a next_cursor of this list")]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let parse = || {
            let (micros, id) = text.split_once('_')?;
            let start = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
            Some(Self { start, id: BookingId(Uuid::try_parse(id).ok()?) })
        };
        // The database does not know every instant that can be written so.
        let is_spelled =
            |cursor: &Self| Interval::EVER.contains_second(cursor.start.timestamp()) && cursor.to_string() == text;
        parse().filter(is_spelled).ok_or(NotACursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_what_it_writes_and_nothing_else() {
        let id = BookingId(Uuid::from_u128(0x0193_5e2a));
        for start in [DateTime::UNIX_EPOCH, DateTime::from_timestamp_micros(-1).unwrap()] {
            let cursor = Cursor { start, id };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        let far = format!("{}_{}", i64::MAX, id.0.simple());
        let dashed = format!("0_{}", id.0);
        // In the year 251,000 before ours, which PostgreSQL has no timestamp for.
        let long_ago = format!("-8000000000000000000_{}", id.0.simple());
        let (far, dashed, long_ago) = (far.as_str(), dashed.as_str(), long_ago.as_str());
        for text in ["", "_", "0_", "0", "+1_00000000000000000000000000000000", "x_0", far, dashed, long_ago] {
            assert_eq!(text.parse::<Cursor>(), Err(NotACursor), "{text:?}");
        }
    }
}
