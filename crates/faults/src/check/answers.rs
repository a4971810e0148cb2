//! What guests were told, held against itself: no booking made twice, no version handed out twice, every repetition told the
//! same.

use std::collections::BTreeMap;

use crate::history::{Ask, Operation, Told};

/// The bookings that guests were told of, as the last answer left each of them.
pub(crate) type Acknowledged<'a> = BTreeMap<&'a str, &'a Told>;

/// The bookings that were acknowledged, and what is wrong with what guests were told.
pub(super) fn read(operations: &[Operation]) -> (Acknowledged<'_>, Vec<String>) {
    let mut complaints = Vec::new();
    let mut versions: BTreeMap<(&str, u64), (u64, &Told)> = BTreeMap::new();
    for operation in operations {
        let mut done = operation.done();
        let Some((_, first, _)) = done.next() else { continue };
        for (_, again, _) in done {
            if again != first {
                complaints.push(format!("operation {} was done twice: {first:?}, and then {again:?}", operation.op));
            }
        }
        if let Some(wrong) = contradiction(&operation.ask, first) {
            complaints
                .push(format!("operation {}: {wrong}: {:?}, and was told {first:?}", operation.op, operation.ask));
        }
        if let Some((other, told)) = versions.insert((&first.id, first.version), (operation.op, first)) {
            complaints.push(format!("operations {other} and {} both made {told:?}", operation.op));
        }
    }
    let mut last: Acknowledged<'_> = BTreeMap::new();
    for ((id, version), (op, told)) in versions {
        // In the order of their versions.
        match last.insert(id, told) {
            None if version != 1 => complaints.push(format!("operation {op} changed what nobody made: {told:?}")),
            Some(before) if before.version + 1 != version => {
                complaints
                    .push(format!("operation {op}: nobody was told of what happened between {before:?} and {told:?}"));
            }
            Some(before) if before.cancelled => {
                complaints.push(format!("operation {op} changed what had been called off: {told:?}"));
            }
            _ => {}
        }
    }
    (last, complaints)
}

fn contradiction(ask: &Ask, told: &Told) -> Option<&'static str> {
    let is_it = |booking: &String| *booking == told.id;
    match ask {
        Ask::Book { offer, start } if *offer != told.offer || *start != told.start => Some("asked for another booking"),
        Ask::Book { .. } if told.version != 1 || told.cancelled => Some("a new booking has a past"),
        Ask::Move { booking, start } if !is_it(booking) || *start != told.start => Some("asked for another move"),
        Ask::Cancel { booking } if !is_it(booking) || !told.cancelled => Some("asked to cancel another one"),
        _ => None,
    }
}
