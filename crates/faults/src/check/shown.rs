//! Whatever hosts are shown, late as it may be, has happened: no booking, time or state that nobody made.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{Ask, Operation, Record, Told, What};

/// Holds what hosts were shown against what guests were told. Says how many bookings that were.
pub(super) fn check(records: &[Record], operations: &[Operation], complaints: &mut Vec<String>) -> usize {
    let mut made: BTreeMap<(&str, u64), (&Told, u64)> = BTreeMap::new();
    let (mut new_in_doubt, mut changed_in_doubt) = (BTreeSet::new(), BTreeSet::new());
    for operation in operations {
        if let Some((_, told, _)) = operation.done().next() {
            made.insert((&told.id, told.version), (told, operation.invoked()));
        } else if operation.is_open() {
            match &operation.ask {
                Ask::Book { offer, start } => drop(new_in_doubt.insert((offer.as_str(), *start))),
                Ask::Move { booking, .. } | Ask::Cancel { booking } => drop(changed_in_doubt.insert(booking.as_str())),
            }
        }
    }
    let mut looked_at = 0;
    for record in records {
        let What::Shown(shown) = &record.what else { continue };
        looked_at += shown.bookings.len();
        for told in &shown.bookings {
            let possible = match made.get(&(told.id.as_str(), told.version)) {
                // As another operation left it, before that was asked for.
                Some((known, invoked)) => *known == told && *invoked <= record.at,
                None => {
                    changed_in_doubt.contains(told.id.as_str())
                        || new_in_doubt.contains(&(told.offer.as_str(), told.start))
                }
            };
            if !possible {
                let made = made.get(&(told.id.as_str(), told.version));
                complaints.push(format!("at {} µs host {} was shown {told:?}, but {made:?}", record.at, shown.host));
            }
        }
    }
    looked_at
}
