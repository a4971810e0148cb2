//! The rule that every window hangs on (S1, V5): from a wall clock's reading to the instant that is meant.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A stretch of time over which a wall clock keeps the same distance from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// First second of the piece.
    from: i64,
    /// Seconds by which the wall clock is ahead of UTC.
    offset: i64,
}

/// A zone's offsets over a stretch of time, looked up once, so that reading its wall clock becomes plain arithmetic.
///
/// A reading is written as the epoch second at which a clock on UTC would show it.
#[derive(Clone, Debug)]
pub(crate) struct Offsets {
    /// In order of time; never empty; the first piece reaches back for ever and the last one lasts for ever.
    pieces: Vec<Piece>,
}

impl Offsets {
    /// The offsets of `zone` between two epoch seconds. Before and after, its offset stays what it is at that end.
    pub(crate) fn over(zone: &TimeZone, from: i64, to: i64) -> Self {
        let start = timestamp(from);
        let mut offset = i64::from(zone.to_offset(start).seconds());
        let mut pieces = vec![Piece { from: i64::MIN, offset }];
        for transition in zone.following(start) {
            let from = transition.timestamp().as_second();
            if from > to {
                break;
            }
            // Some transitions change only the zone's abbreviation.
            let next = i64::from(transition.offset().seconds());
            if next != offset {
                offset = next;
                pieces.push(Piece { from, offset });
            }
        }
        Self { pieces }
    }

    /// The first instant at which the wall clock reaches a reading: the transition where the reading falls into a gap, the
    /// earlier instant where the clock shows it twice.
    pub(crate) fn reached(&self, reading: i64) -> i64 {
        let mut ends = self.pieces.iter().skip(1).map(|next| next.from);
        for piece in &self.pieces {
            let at = piece.from.max(reading - piece.offset);
            if ends.next().is_none_or(|end| at < end) {
                return at;
            }
        }
        unreachable!("the last piece lasts for ever")
    }

    /// The last instant after which the wall clock stays at or past a reading: the transition where the reading falls into
    /// a gap, the later instant where the clock shows it a second time after having fallen behind it.
    pub(crate) fn passed(&self, reading: i64) -> i64 {
        let mut end = i64::MAX;
        for piece in self.pieces.iter().rev() {
            let at = end.min(reading - piece.offset);
            if at > piece.from {
                return at;
            }
            end = piece.from;
        }
        unreachable!("the first piece reaches back for ever")
    }
}

/// The instant in jiff's terms; what is outside its range (years −9999 to 9999) becomes its limit.
pub(super) fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock that is an hour ahead, then two hours from second 100,000 on, then one again from 200,000 on.
    fn summer() -> Offsets {
        let piece = |from, hours: i64| Piece { from, offset: hours * 3600 };
        Offsets { pieces: vec![piece(i64::MIN, 1), piece(100_000, 2), piece(200_000, 1)] }
    }

    #[test]
    fn a_reading_that_the_clock_shows_once_is_one_instant() {
        for (reading, instant) in [(50_000, 46_400), (150_000, 142_800), (250_000, 246_400)] {
            assert_eq!((summer().reached(reading), summer().passed(reading)), (instant, instant));
        }
    }

    #[test]
    fn a_reading_inside_a_gap_is_the_transition() {
        for reading in [103_600, 103_601, 107_199, 107_200] {
            assert_eq!((summer().reached(reading), summer().passed(reading)), (100_000, 100_000));
        }
    }

    #[test]
    fn a_reading_shown_twice_is_reached_the_first_time_and_passed_the_second() {
        assert_eq!((summer().reached(205_000), summer().passed(205_000)), (197_800, 201_400));
    }

    #[test]
    fn the_reading_to_which_a_clock_is_put_back_is_passed_the_first_time() {
        // At second 200,000 the clock goes from 207,200 back to 203,600: it is at that reading, so it has stayed at or past
        // it since the first time. Hence a day that ends at midnight touches the next one even where midnight comes twice.
        assert_eq!((summer().reached(203_600), summer().passed(203_600)), (196_400, 196_400));
        assert_eq!((summer().reached(207_200), summer().passed(207_200)), (203_600, 203_600));
    }
}
