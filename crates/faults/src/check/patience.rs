//! Every request is answered within the time that a node gives itself, unless the node or the way to it stood still.

use crate::faults::Hit;
use crate::history::{Operation, Record, What};

/// A node's own limit is 20 s; the rest is for a machine that does other things, too.
const LONGEST: u64 = 25_000_000;

/// When a node, or the way to it, stood still.
fn standstills(records: &[Record]) -> Vec<(usize, u64, u64)> {
    let mut standstills = Vec::new();
    for (index, record) in records.iter().enumerate() {
        let What::Fault(fault) = &record.what else { continue };
        let healed =
            records[index..].iter().find(|later| matches!(&later.what, What::Healed(r) if r.round == fault.round));
        let until = healed.map_or(u64::MAX, |healed| healed.at);
        let nodes = fault.hits.iter().filter_map(Hit::node_out_of_reach);
        standstills.extend(nodes.map(|node| (node, record.at, until)));
    }
    standstills
}

pub(super) fn check(records: &[Record], operations: &[Operation], complaints: &mut Vec<String>) {
    let standstills = standstills(records);
    for operation in operations {
        for attempt in &operation.attempts {
            let Some((answered, answer)) = &attempt.answered else { continue };
            let is_excused = standstills
                .iter()
                .any(|(node, from, until)| *node == attempt.node && *from < *answered && attempt.invoked < *until);
            if answered - attempt.invoked > LONGEST && !is_excused {
                complaints.push(format!(
                    "operation {} waited {:.1} s for node {}: {:?}, {answer:?}",
                    operation.op,
                    std::time::Duration::from_micros(answered - attempt.invoked).as_secs_f64(),
                    attempt.node,
                    operation.ask,
                ));
            }
        }
    }
}
