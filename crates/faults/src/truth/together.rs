//! What happens in several calendars at once stands in one transaction, so that no crash can come between.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};

use super::Event;

/// What happened to a booking in one calendar: transactions and types of events.
type Life<'a> = Vec<(&'a str, &'a str)>;

/// Whatever happened to a booking happened in each of its calendars, in the same transactions.
pub(crate) fn must_be_appended_together(events: &[Event]) -> Result<()> {
    let mut lives: BTreeMap<String, BTreeMap<&str, Life<'_>>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind.starts_with("Booking")) {
        let calendars = lives.entry(event.text("booking_id")?).or_default();
        calendars.entry(&event.host).or_default().push((event.transaction(), &event.kind));
    }
    for (booking, calendars) in lives {
        let mut lives = calendars.values();
        let first = lives.next();
        ensure!(lives.all(|life| Some(life) == first), "not at once in all calendars: {booking}: {calendars:#?}");
    }
    Ok(())
}

/// The team counts a booking in turn in the transaction that makes it, and takes it back in the one that calls it off. Says
/// how many there were.
pub(crate) fn must_be_assigned(events: &[Event]) -> Result<usize> {
    let is_in_turn = |event: &&Event| {
        event.kind == "BookingRequested" && event.payload["team_id"].is_string() && event.payload["hosts"].is_null()
    };
    let in_turn = events.iter().filter(is_in_turn).map(|event| event.text("booking_id"));
    let in_turn = in_turn.collect::<Result<BTreeSet<_>>>()?;
    let (mut counted, mut made) = (Vec::new(), Vec::new());
    for event in events {
        let (to, host, is_made) = match event.kind.as_str() {
            "HostAssigned" => (&mut counted, event.text("host_id")?, true),
            "AssignmentWithdrawn" => (&mut counted, event.text("host_id")?, false),
            "BookingRequested" => (&mut made, event.host.clone(), true),
            "BookingCancelled" => (&mut made, event.host.clone(), false),
            _ => continue,
        };
        to.push((event.text("booking_id")?, event.transaction(), host, is_made));
    }
    made.retain(|(booking, ..)| in_turn.contains(booking));
    counted.sort_unstable();
    made.sort_unstable();
    let differing = counted.iter().zip(&made).find(|(counted, made)| counted != made);
    ensure!(counted == made, "teams do not count what their members have been given: {differing:?}");
    Ok(in_turn.len())
}
