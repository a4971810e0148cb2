//! What became of the host's meetings, by hour and weekday on their own wall clock.

use chrono::{Timelike, Weekday};

use crate::calendar::HostCalendar;
use crate::calendar::booking::{Booking, BookingStatus};
use crate::time::Instant;

/// How meetings ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// They took place.
    pub(super) kept: u32,
    /// They were cancelled, or the guest did not come.
    pub(super) lost: u32,
}

impl Record {
    pub(super) const fn is_empty(self) -> bool {
        self.kept + self.lost == 0
    }

    const fn count(&mut self, kept: bool) {
        if kept {
            self.kept += 1;
        } else {
            self.lost += 1;
        }
    }
}

/// What the calendar remembers of past meetings.
pub(super) struct History {
    hours: [Record; 24],
    weekdays: [Record; 7],
}

impl History {
    pub(super) fn of(calendar: &HostCalendar, now: Instant) -> Self {
        let mut history = Self { hours: Default::default(), weekdays: Default::default() };
        let zones = &calendar.availability().settings.zones;
        for booking in calendar.bookings() {
            let Some(kept) = took_place(booking, now) else { continue };
            let date = zones.date_of(booking.start);
            let hour = zones.on(date).with_offset(booking.start).hour();
            if let Some(record) = usize::try_from(hour).ok().and_then(|hour| history.hours.get_mut(hour)) {
                record.count(kept);
            }
            history.weekdays[chrono::Datelike::weekday(&date).num_days_from_monday() as usize].count(kept);
        }
        history
    }

    pub(super) fn at_hour(&self, hour: u32) -> Record {
        usize::try_from(hour).ok().and_then(|hour| self.hours.get(hour)).copied().unwrap_or_default()
    }

    pub(super) fn on_weekday(&self, day: Weekday) -> Record {
        self.weekdays[day.num_days_from_monday() as usize]
    }
}

/// Whether a meeting took place; nothing of one that is still to come, or that the host never agreed to.
fn took_place(booking: &Booking, now: Instant) -> Option<bool> {
    match booking.status_at(now) {
        BookingStatus::Completed => Some(!booking.no_show),
        BookingStatus::Cancelled => Some(false),
        _ => None,
    }
}
