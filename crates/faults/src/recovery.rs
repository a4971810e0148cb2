//! How soon bookings are made again: from a history.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::faults::{Hit, Kind};
use crate::history::{Record, What};

/// How soon it was over, for the rounds in which a kind of fault struck, alone or together with others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// How many rounds that were.
    pub rounds: usize,
    /// From mending to the first booking, move or cancellation that was done: the median and the longest.
    pub booked: (Duration, Duration),
    /// From mending until every node said that it was ready: the median and the longest.
    pub ready: (Duration, Duration),
    /// The longest time in which nothing was done, from the fault on.
    pub longest_gap: Duration,
}

#[derive(Default)]
struct Times {
    booked: Vec<u64>,
    ready: Vec<u64>,
    longest_gap: u64,
}

/// How soon it was over, by kind of fault.
pub(crate) fn by_kind(records: &[Record]) -> BTreeMap<Kind, Recovery> {
    let done: Vec<u64> = records.iter().filter(|r| matches!(r.what, What::Ok(_))).map(|r| r.at).collect();
    let mut times: BTreeMap<Kind, Times> = BTreeMap::new();
    let mut struck: Option<(u64, Vec<Kind>)> = None;
    let mut healed = 0;
    for record in records {
        match &record.what {
            What::Fault(fault) => {
                let mut kinds: Vec<Kind> = fault.hits.iter().copied().map(Hit::kind).collect();
                kinds.sort_unstable();
                kinds.dedup();
                struck = Some((record.at, kinds));
            }
            What::Healed(_) => healed = record.at,
            What::Ready(_) => {
                let Some((since, kinds)) = struck.take() else { continue };
                let Some(booked) = first_after(&done, healed) else { continue };
                for kind in kinds {
                    let times = times.entry(kind).or_default();
                    times.booked.push(booked - healed);
                    times.ready.push(record.at - healed);
                    times.longest_gap = times.longest_gap.max(longest_gap(&done, since, record.at.max(booked)));
                }
            }
            _ => {}
        }
    }
    times.into_iter().map(|(kind, times)| (kind, times.summary())).collect()
}

fn first_after(done: &[u64], at: u64) -> Option<u64> {
    done.get(done.partition_point(|done| *done < at)).copied()
}

/// The longest time without anything done that lies between two moments, at least in part.
fn longest_gap(done: &[u64], from: u64, to: u64) -> u64 {
    let first = done.partition_point(|done| *done < from).saturating_sub(1);
    let last = (done.partition_point(|done| *done <= to) + 1).min(done.len());
    done[first..last].windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}

impl Times {
    fn summary(self) -> Recovery {
        let (rounds, longest_gap) = (self.booked.len(), Duration::from_micros(self.longest_gap));
        Recovery { rounds, booked: median_and_longest(self.booked), ready: median_and_longest(self.ready), longest_gap }
    }
}

fn median_and_longest(mut times: Vec<u64>) -> (Duration, Duration) {
    times.sort_unstable();
    let at = |index: usize| Duration::from_micros(times.get(index).copied().unwrap_or_default());
    (at(times.len() / 2), at(times.len().saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Part;
    use crate::history::{Done, Fault, Round, Told};

    fn record(at: u64, what: What) -> Record {
        Record { at: at * 1_000_000, what }
    }

    fn done(at: u64) -> Record {
        let now = chrono::DateTime::UNIX_EPOCH;
        let (id, offer) = (String::new(), String::new());
        let booking = Told { id, offer, hosts: Vec::new(), start: now, end: now, cancelled: false, version: 1 };
        record(at, What::Ok(Done { op: at, attempt: 0, booking, replayed: false }))
    }

    #[test]
    fn the_gap_reaches_from_the_last_booking_before_a_fault_to_the_first_one_after_it() {
        let hits = vec![Hit::Kill(Part::Postgres), Hit::Stop(Part::Nats)];
        let records = [
            done(1),
            record(2, What::Fault(Fault { round: 0, hits })),
            record(5, What::Healed(Round { round: 0 })),
            done(7),
            record(8, What::Ready(Round { round: 0 })),
            done(9),
        ];
        let recovery = by_kind(&records);
        let seconds = Duration::from_secs;
        let expected = Recovery {
            rounds: 1,
            booked: (seconds(2), seconds(2)),
            ready: (seconds(3), seconds(3)),
            longest_gap: seconds(6),
        };
        assert_eq!(recovery, BTreeMap::from([(Kind::Kill, expected), (Kind::Stop, expected)]));
    }
}
