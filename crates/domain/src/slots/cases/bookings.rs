//! Bookings as a case writes them: one entry per session, with the number of its guests.

use serde_json::Value;
use uuid::Uuid;

use super::BadCase;
use super::field::{Field, Fields};
use crate::ids::{BookingId, MeetingTypeId, SessionId};
use crate::reservation::Reservation;
use crate::time::Interval;

/// The meeting type that every case asks for.
pub(super) const THIS_TYPE: MeetingTypeId = MeetingTypeId(Uuid::from_u128(1));
/// The meeting type of other bookings.
const OTHER_TYPE: MeetingTypeId = MeetingTypeId(Uuid::from_u128(2));
/// No buffer in a case is longer: a week, in minutes.
const WEEK: u64 = 7 * 24 * 60;
/// Guests of one entry at most.
const MOST_GUESTS: u64 = 10_000;

/// The bookings in a host's calendar.
#[derive(Clone, Debug)]
pub(super) struct Bookings {
    /// Sorted by start and booking.
    pub(super) reservations: Vec<Reservation>,
    /// The booking that is being rescheduled.
    pub(super) moving: Option<BookingId>,
}

/// One entry of the list.
struct Entry<'a> {
    id: Option<&'a str>,
    during: Interval,
    buffer_before_minutes: u16,
    buffer_after_minutes: u16,
    same_type: bool,
    /// `None` for an ordinary booking, which nobody can join.
    seats_taken: Option<u16>,
}

impl Bookings {
    pub(super) fn read(fields: &Fields<'_>, capacity: u16) -> Result<Self, BadCase> {
        let entries: Vec<_> = fields.list(&["bookings"])?.iter().map(Entry::read).collect::<Result<_, _>>()?;
        let moved = fields.get(&["reschedule_of"]).map(|field| moved(&field, &entries)).transpose()?.flatten();
        let mut reservations = Vec::new();
        let mut moving = None;
        for (place, entry) in entries.iter().enumerate() {
            let mut guests = if entry.same_type { entry.seats_taken.unwrap_or(capacity).clamp(1, capacity) } else { 1 };
            if moved == Some(place) {
                // All of the entry moves, and an engine moves one booking.
                guests = 1;
                moving = Some(booking(place, 0));
            }
            // Guests who are written down one by one share a session all the same.
            let session =
                entries.iter().position(|other| other.joinable() && entry.joinable() && other.during == entry.during);
            let session = SessionId(booking(session.unwrap_or(place), 0).0);
            reservations.extend((0..guests).map(|guest| entry.reservation(booking(place, guest), session)));
        }
        reservations.sort_unstable_by_key(|r| (r.during.start(), r.booking));
        Ok(Self { reservations, moving })
    }
}

impl<'a> Entry<'a> {
    fn read(field: &Field<'a>) -> Result<Self, BadCase> {
        let fields = field.fields()?;
        let minutes = |name| fields.get(&[name]).map_or(Ok(0), |field| field.number(0..=WEEK));
        let same_type = fields.get(&["same_event_type", "same_type"]).map(|field| field.flag()).transpose()?;
        let seats_taken = fields.get(&["seats_taken"]).map(|field| field.number(0..=MOST_GUESTS)).transpose()?;
        Ok(Self {
            id: fields.get(&["id"]).map(|field| field.text()).transpose()?,
            during: field.interval()?,
            buffer_before_minutes: minutes("buffer_before")?,
            buffer_after_minutes: minutes("buffer_after")?,
            // Bookings count towards limits unless they say that they are of another type.
            same_type: same_type.unwrap_or(true),
            // Only those that say that they are of this type, or how many guests they have, can be joined.
            seats_taken: seats_taken.or((same_type == Some(true)).then_some(1)),
        })
    }

    const fn joinable(&self) -> bool {
        self.same_type && self.seats_taken.is_some()
    }

    const fn reservation(&self, booking: BookingId, session: SessionId) -> Reservation {
        Reservation {
            during: self.during,
            buffer_before_minutes: self.buffer_before_minutes,
            buffer_after_minutes: self.buffer_after_minutes,
            booking,
            session,
            meeting_type: if self.same_type { THIS_TYPE } else { OTHER_TYPE },
        }
    }
}

/// The place of the entry that is being rescheduled, which is named by its place in the list, its id, its start, or as an
/// object. An object that is no entry of the list holds no time anyway.
fn moved(field: &Field<'_>, entries: &[Entry<'_>]) -> Result<Option<usize>, BadCase> {
    match field.value() {
        Value::Number(_) => {
            let place: usize = field.number(0..=u64::MAX)?;
            let rule = || field.must("be the place of one of the bookings, from 0 on");
            if place < entries.len() { Ok(Some(place)) } else { Err(rule()) }
        }
        Value::String(id) => {
            let by_id = entries.iter().position(|entry| entry.id == Some(id));
            let by_start = || Some(field.instant().ok()?.timestamp());
            let place =
                by_id.or_else(|| by_start().and_then(|start| entries.iter().position(|e| e.during.start() == start)));
            place.map(Some).ok_or_else(|| field.must("be the id or the start of one of the bookings"))
        }
        _ => {
            let fields = field.fields()?;
            if let Some(id) = fields.get(&["id"]) {
                return moved(&id, entries);
            }
            let start = fields.required(&["start"])?.instant()?.timestamp();
            let end = fields.get(&["end"]).map(|end| end.instant()).transpose()?.map(|end| end.timestamp());
            let same = |during: Interval| during.start() == start && end.is_none_or(|end| during.end() == end);
            Ok(entries.iter().position(|entry| same(entry.during)))
        }
    }
}

fn booking(place: usize, guest: u16) -> BookingId {
    BookingId(Uuid::from_u64_pair(place as u64 + 1, u64::from(guest)))
}
