//! The calendars on which commands are measured, and who books them.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use daybook_domain::calendar::command::{CalendarCommand, RequestBooking};
use daybook_domain::calendar::event::Guest;
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId, ScheduleId};
use daybook_domain::meeting_type::{BookingWindow, MeetingType, Terms};
use daybook_domain::personal::{Personal, Subject};
use daybook_domain::schedule::{DayOfWeek, LocalTime, WeeklyRule};
use daybook_domain::text::{EmailAddress, Name, Slug};
use daybook_domain::zone::Zone;
use uuid::Uuid;

use super::now;

/// Calendars that take commands in turn.
pub(super) const HOSTS: u64 = 1_000;
/// Bookings in each calendar before the measurement; with the events that set it up, 50 events.
pub(super) const BOOKINGS_BEFORE: u64 = 23;
/// Persons who have been in a calendar before and come again.
const RETURNING: u64 = BOOKINGS_BEFORE;

/// Who books.
#[derive(Clone, Copy)]
pub(super) enum Guests {
    /// Somebody who has never come before.
    New,
    /// Somebody who has booked this calendar before.
    Returning,
}

/// The calendars of one side, each always open, and how many of their times are taken.
pub(super) struct Hosts {
    taken: Vec<AtomicU64>,
    first: DateTime<Utc>,
}

impl Hosts {
    pub(super) fn new() -> Self {
        let first = now().duration_trunc(TimeDelta::days(1)).unwrap_or_default() + TimeDelta::days(2);
        Self { taken: (0..HOSTS).map(|_| AtomicU64::new(0)).collect(), first }
    }

    /// The same calendars as they were after the set-up.
    pub(super) fn as_set_up(&self) -> Self {
        Self { taken: (0..HOSTS).map(|_| AtomicU64::new(BOOKINGS_BEFORE)).collect(), first: self.first }
    }

    pub(super) fn id(number: u64) -> HostId {
        HostId(Uuid::from_u128(u128::from(number) + 1))
    }

    fn meeting_type(number: u64) -> MeetingTypeId {
        MeetingTypeId(Uuid::from_u128(u128::from(number) + 1_000_001))
    }

    pub(super) fn opening(number: u64) -> Result<[CalendarCommand; 3]> {
        let (start, end) = (LocalTime::from_minutes(0), LocalTime::MIDNIGHT_END);
        let all_day = |day| {
            let day_of_week = DayOfWeek::from_number(day)?;
            Some(WeeklyRule { day_of_week, start_time: start?, end_time: end, is_active: true })
        };
        let rules = (0..7).map(all_day).collect::<Option<Vec<_>>>().context("seven days of 24 hours")?;
        let meeting_type = MeetingType {
            terms: Terms { booking_window: BookingWindow::RollingDays { days: 730 }, ..Terms::one_on_one(15) },
            ..MeetingType::one_on_one(Self::meeting_type(number), Name::parse("Intro")?, Slug::parse("intro")?, 15)
        };
        Ok([
            CalendarCommand::OpenCalendar { time_zone: Zone::utc(), schedule_id: ScheduleId(Uuid::from_u128(1)) },
            CalendarCommand::ReplaceWeeklyRules { rules },
            CalendarCommand::AddMeetingType { meeting_type: Box::new(meeting_type) },
        ])
    }

    /// Books the next free time.
    pub(super) fn booking(&self, number: u64, guests: Guests) -> Result<CalendarCommand> {
        let index = usize::try_from(number)?;
        let place = self.taken[index].fetch_add(1, Ordering::Relaxed);
        let person = match guests {
            Guests::New => place,
            Guests::Returning => place % RETURNING,
        };
        let guest = Guest::new(
            Name::parse("Ada Lovelace")?,
            EmailAddress::parse(&format!("guest-{number}-{person}@example.org"))?,
        );
        Ok(CalendarCommand::RequestBooking(Box::new(RequestBooking {
            booking_id: BookingId(Uuid::now_v7()),
            meeting_type_id: Self::meeting_type(number),
            start: self.first + TimeDelta::minutes(15 * i64::try_from(place)?),
            guest: Personal::plain(guest, Subject(format!("guest:{number:016x}{person:016x}"))),
            guest_time_zone: "Europe/London".parse()?,
            repeat_is_duplicate: false,
        })))
    }
}
