//! Instants that the database is asked about.

use chrono::{DateTime, Datelike, Utc};
use serde::de::{Deserialize, Deserializer, Error};

/// Reads an instant that may be left out. RFC 3339 has years of four digits; of others, which chrono reads as well, the
/// database does not know all.
pub(crate) fn read_optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    match Option::<DateTime<Utc>>::deserialize(deserializer)? {
        Some(instant) if !(0..=9999).contains(&instant.year()) => {
            Err(D::Error::custom("must be in the years 0 to 9999"))
        }
        known => Ok(known),
    }
}
