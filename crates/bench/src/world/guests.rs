//! Who books.

use anyhow::Result;
use daybook_domain::calendar::event::Guest;
use daybook_domain::personal::{Personal, Subject};
use daybook_domain::text::{EmailAddress, Name};

/// Who books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guests {
    /// Somebody who has never come before.
    New,
    /// Somebody who has booked this calendar before.
    Returning,
}

/// The address of a calendar's guest.
pub fn address(calendar: u64, person: u64) -> String {
    format!("guest-{calendar}-{person}@example.org")
}

/// A calendar's guest, for a command that is decided in this process.
pub fn guest(calendar: u64, person: u64) -> Result<Personal<Guest>> {
    let guest = Guest::new(Name::parse("Ada Lovelace")?, EmailAddress::parse(&address(calendar, person))?);
    Ok(Personal::plain(guest, Subject(format!("guest:{calendar:016x}{person:016x}"))))
}
