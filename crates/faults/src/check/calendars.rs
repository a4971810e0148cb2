//! The parts of operations in each calendar.
//!
//! Each calendar is judged for itself. That says of every booking, move and cancellation that it took place at one moment in
//! each calendar that it is about. That a collective meeting took place in all of its calendars at the *same* moment is not for
//! the history to say but for the log: its events stand in one transaction (`truth::together`).

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Duration, Utc};

use super::linear::{BookingNumber, Deed, Place, Step};
use crate::history::{Ask, Offered, Operation, Told};

/// What happened, told apart by calendar.
pub(super) struct Calendars<'a> {
    /// What happened in each of them, by its host.
    pub steps: BTreeMap<String, Vec<Step>>,
    /// The number of each booking that somebody was told of.
    pub bookings: BTreeMap<&'a str, BookingNumber>,
}

/// Tells apart what happened in each calendar.
pub(super) fn apart<'a>(offers: &'a [Offered], operations: &'a [Operation]) -> Result<Calendars<'a>> {
    let mut parts =
        Parts { offers: BTreeMap::new(), bookings: BTreeMap::new(), kinds: BTreeMap::new(), steps: BTreeMap::new() };
    for (number, offer) in (0..).zip(offers) {
        parts.offers.insert(&offer.id, (number, offer));
    }
    // Bookings are named before anything is said about them.
    for operation in operations {
        if let Some((_, booking, _)) = operation.done().next() {
            parts.name(booking)?;
        }
    }
    for operation in operations {
        parts.add(operation)?;
    }
    Ok(Calendars { steps: parts.steps, bookings: parts.bookings })
}

struct Parts<'a> {
    offers: BTreeMap<&'a str, (u32, &'a Offered)>,
    bookings: BTreeMap<&'a str, BookingNumber>,
    /// What each booking is about, and in whose calendars it stands.
    kinds: BTreeMap<&'a str, (&'a str, &'a [String])>,
    steps: BTreeMap<String, Vec<Step>>,
}

impl<'a> Parts<'a> {
    fn name(&mut self, booking: &'a Told) -> Result<()> {
        let next = BookingNumber::try_from(self.bookings.len())?;
        self.bookings.entry(&booking.id).or_insert(next);
        self.kinds.insert(&booking.id, (&booking.offer, &booking.hosts));
        Ok(())
    }

    fn offer(&self, id: &str) -> Result<(u32, &'a Offered)> {
        self.offers.get(id).copied().with_context(|| format!("nobody offered {id}"))
    }

    fn place(&self, offer: &str, start: DateTime<Utc>) -> Result<Place> {
        let (number, offer) = self.offer(offer)?;
        let end = start + Duration::minutes(offer.minutes);
        Ok(Place { during: (start.timestamp(), end.timestamp()), offer: number, capacity: offer.capacity })
    }

    fn add(&mut self, operation: &'a Operation) -> Result<()> {
        let done = operation.done().next();
        if let Some((answered, booking, _)) = done {
            let deed = self.deed(&operation.ask, booking)?;
            for host in &booking.hosts {
                self.push(host, operation.invoked(), Some(answered), deed, operation.op);
            }
        } else if operation.is_open() {
            self.add_doubt(operation)?;
        }
        for (invoked, answered, code) in operation.refused() {
            // Other codes say that the calendar was busy, not that the time was taken.
            if code == "SLOT_UNAVAILABLE" {
                self.add_refusal(operation, (invoked, answered))?;
            }
        }
        Ok(())
    }

    fn deed(&self, ask: &Ask, told: &Told) -> Result<Deed> {
        let number = *self.bookings.get(told.id.as_str()).context("it was named before")?;
        let place = self.place(&told.offer, told.start)?;
        if place.during.1 != told.end.timestamp() {
            bail!("booking {} does not last as long as its kind: {told:?}", told.id);
        }
        Ok(match ask {
            Ask::Book { .. } => Deed::Book(number, place),
            Ask::Move { .. } => Deed::Move(number, place, Some(told.version)),
            Ask::Cancel { .. } => Deed::Cancel(number, Some(told.version)),
        })
    }

    /// It may have happened, at any time since it was asked for; a booking in turn with any of the team's members.
    fn add_doubt(&mut self, operation: &'a Operation) -> Result<()> {
        let (deed, hosts) = match &operation.ask {
            Ask::Book { offer, start } => {
                let number = BookingNumber::MAX - BookingNumber::try_from(operation.op % 1_000_000_000)?;
                (Deed::Book(number, self.place(offer, *start)?), &*self.offer(offer)?.1.hosts)
            }
            Ask::Move { booking, start } => {
                let (offer, hosts) = self.kind(booking)?;
                (Deed::Move(self.bookings[booking.as_str()], self.place(offer, *start)?, None), hosts)
            }
            Ask::Cancel { booking } => (Deed::Cancel(self.bookings[booking.as_str()], None), self.kind(booking)?.1),
        };
        for host in hosts {
            self.push(host, operation.invoked(), None, deed, operation.op);
        }
        Ok(())
    }

    /// The host had no room. Of a booking in turn, none of the members had; of a collective meeting, one of its hosts had
    /// none, which says nothing about any one of them.
    fn add_refusal(&mut self, operation: &'a Operation, (invoked, answered): (u64, u64)) -> Result<()> {
        let (offer, start, but, hosts) = match &operation.ask {
            Ask::Book { offer, start } => (offer.as_str(), *start, None, &*self.offer(offer)?.1.hosts),
            Ask::Move { booking, start } => {
                let (offer, hosts) = self.kind(booking)?;
                (offer, *start, self.bookings.get(booking.as_str()).copied(), hosts)
            }
            Ask::Cancel { .. } => return Ok(()),
        };
        if self.offer(offer)?.1.is_collective() {
            return Ok(());
        }
        let deed = Deed::Blocked(but, self.place(offer, start)?);
        for host in hosts {
            self.push(host, invoked, Some(answered), deed, operation.op);
        }
        Ok(())
    }

    fn kind(&self, booking: &str) -> Result<(&'a str, &'a [String])> {
        self.kinds.get(booking).copied().with_context(|| format!("nobody was told of booking {booking}"))
    }

    fn push(&mut self, host: &str, invoked: u64, answered: Option<u64>, deed: Deed, op: u64) {
        let step = Step { invoked, answered, deed, op };
        match self.steps.get_mut(host) {
            Some(steps) => steps.push(step),
            None => drop(self.steps.insert(host.to_owned(), vec![step])),
        }
    }
}
