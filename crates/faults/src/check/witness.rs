//! The order in which the log has a calendar's changes: most likely the one that explains what guests were told. It is not
//! believed, only tried first, before a search.

use std::collections::BTreeMap;

use super::linear::{BookingNumber, Deed, Step};
use crate::truth::Event;

/// The changes among the steps of a host's calendar that the log has, as it orders them. Whatever it does not know is left
/// out, such as an operation in doubt that has not happened.
pub(super) fn changes(
    host: &str,
    steps: &[Step],
    bookings: &BTreeMap<&str, BookingNumber>,
    events: &[Event],
) -> Vec<usize> {
    let by_version: BTreeMap<(BookingNumber, u64), usize> = (0..)
        .zip(steps)
        .filter_map(|(index, step)| match step.deed {
            Deed::Book(booking, _) => Some(((booking, 1), index)),
            Deed::Move(booking, _, version) | Deed::Cancel(booking, version) => Some(((booking, version?), index)),
            Deed::Blocked(..) => None,
        })
        .collect();
    let mut versions = BTreeMap::<BookingNumber, u64>::new();
    let made = events.iter().filter(|event| event.host == host && event.changes_a_booking());
    let made = made.filter_map(|event| {
        let booking = *bookings.get(event.payload["booking_id"].as_str()?)?;
        let version = versions.entry(booking).or_default();
        *version += 1;
        by_version.get(&(booking, *version)).copied()
    });
    made.collect()
}
