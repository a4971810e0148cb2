//! Places in the log.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A place in the whole log: where an event stands in commit order. The default is the place before the first event.
///
/// Its text, `<transaction id>-<position>`, is what the world sees; nothing but its order means anything there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The transaction that wrote the event.
    pub transaction_id: u64,
    /// The event's place within the transaction, and unique in the log.
    pub position: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.transaction_id, self.position)
    }
}

/// Not a place in the log.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the log: it has the form <transaction id>-<position>")]
pub struct NotAPlace;

impl FromStr for Place {
    type Err = NotAPlace;

    /// Reads digits only, as they are written: no signs, blanks or leading zeros.
    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let place = text.split_once('-').and_then(|(transaction_id, position)| {
            Some(Self { transaction_id: transaction_id.parse().ok()?, position: position.parse().ok()? })
        });
        place.filter(|place| place.position >= 0 && place.to_string() == text).ok_or(NotAPlace)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_what_it_writes_and_nothing_else() {
        let place = Place { transaction_id: u64::MAX, position: 7 };
        assert_eq!(place.to_string().parse(), Ok(place));
        for text in
            ["", "1", "-", "1-", "-1", "1--1", "+1-1", "01-1", "1-01", "1 -1", "1-1-1", "99999999999999999999-1"]
        {
            assert_eq!(text.parse::<Place>(), Err(NotAPlace), "{text:?}");
        }
    }

    #[test]
    fn places_are_ordered_by_transaction_before_position() {
        let place = |transaction_id, position| Place { transaction_id, position };
        assert!(Place::default() < place(1, 9) && place(1, 9) < place(2, 3) && place(2, 3) < place(2, 4));
    }
}
