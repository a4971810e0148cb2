//! What is responsible for a reason, and the events that brought it about.

use chrono::NaiveDate;
use serde::Serialize;

use crate::calendar::event::CalendarEvent;
use crate::ids::{BookingId, MeetingTypeId, ScheduleId};
use crate::schedule::{Hours, WeeklyRule};
use crate::time::Interval;

/// The schedule that a meeting type uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ScheduleInUse {
    /// Which one; none in a calendar without schedules.
    #[serde(rename = "schedule_id")]
    pub id: Option<ScheduleId>,
    /// Whether it is used because it is the default.
    pub by_default: bool,
}

/// What is responsible for a reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Time goes by; no event says so.
    Clock,
    /// The terms of the meeting type: notice, booking window, grid, buffers, limits, or that it is switched off.
    MeetingType(MeetingTypeId),
    /// The weekly rules of a schedule, on a date without hours of its own.
    WeeklyRules {
        /// Which schedule.
        schedule: ScheduleInUse,
        /// The date.
        date: NaiveDate,
        /// The rule that opens the time, if one does.
        rule: Option<WeeklyRule>,
    },
    /// The hours of a date of its own.
    DateOverride {
        /// Which schedule.
        schedule: ScheduleInUse,
        /// The date.
        date: NaiveDate,
    },
    /// The zones of the host's wall clock.
    TimeZones,
    /// A booking, by its meeting or its buffers.
    Booking(BookingId),
    /// Bookings that use something up together: a limit, or the seats of a session.
    Bookings(Vec<BookingId>),
    /// A busy time of another calendar of the host.
    ExternalBusy(Interval),
}

impl Cause {
    /// The types of the events that may have brought the cause about.
    pub const fn event_types(&self) -> &'static [&'static str] {
        match self {
            Self::Clock | Self::ExternalBusy(_) => &[],
            Self::MeetingType(_) => &["MeetingTypeAdded", "MeetingTypeChanged"],
            Self::WeeklyRules { .. } => {
                &["CalendarOpened", "ScheduleAdded", "ScheduleChanged", "WeeklyRulesReplaced", "DateOverrideRemoved"]
            }
            Self::DateOverride { .. } => &["CalendarOpened", "ScheduleAdded", "ScheduleChanged", "DateOverrideSet"],
            Self::TimeZones => &["CalendarOpened", "TimeZoneChanged", "TimeZoneChangesAnnounced"],
            Self::Booking(_) | Self::Bookings(_) => &["BookingRequested", "BookingRescheduled"],
        }
    }

    /// Whether the event may have brought the cause about. In a replay, the last such event is the one that did.
    pub fn is_caused_by(&self, event: &CalendarEvent) -> bool {
        use CalendarEvent as E;
        match self {
            Self::Clock | Self::ExternalBusy(_) => false,
            Self::MeetingType(id) => match event {
                E::MeetingTypeAdded(e) => e.meeting_type.id == *id,
                E::MeetingTypeChanged(e) => e.meeting_type.id == *id,
                _ => false,
            },
            Self::WeeklyRules { schedule, date, rule } => match event {
                E::DateOverrideRemoved(e) => schedule.is(e.schedule_id) && e.date == *date && rule.is_none(),
                E::WeeklyRulesReplaced(e) => schedule.is(e.schedule_id) && has(&e.rules, *rule),
                event => {
                    schedule.chosen_by(event) || schedule.hours_set_by(event).is_some_and(|h| has(&h.rules, *rule))
                }
            },
            Self::DateOverride { schedule, date } => match event {
                E::DateOverrideSet(e) => schedule.is(e.schedule_id) && e.date == *date,
                event => {
                    let hours = schedule.hours_set_by(event);
                    schedule.chosen_by(event) || hours.is_some_and(|hours| hours.overrides.contains_key(date))
                }
            },
            Self::TimeZones => {
                matches!(event, E::CalendarOpened(_) | E::TimeZoneChanged(_) | E::TimeZoneChangesAnnounced(_))
            }
            Self::Booking(booking) => takes_time(event) == Some(*booking),
            Self::Bookings(bookings) => takes_time(event).is_some_and(|booking| bookings.contains(&booking)),
        }
    }
}

/// Rules among which there is one, or any rules at all.
fn has(rules: &[WeeklyRule], rule: Option<WeeklyRule>) -> bool {
    rule.is_none_or(|rule| rules.contains(&rule))
}

impl ScheduleInUse {
    fn is(self, id: ScheduleId) -> bool {
        self.id == Some(id)
    }

    /// Whether the event made the meeting type use it.
    fn chosen_by(self, event: &CalendarEvent) -> bool {
        matches!(event, CalendarEvent::DefaultScheduleChosen(e) if self.by_default && self.is(e.schedule_id))
    }

    /// The hours that an event gives to the schedule as a whole.
    fn hours_set_by(self, event: &CalendarEvent) -> Option<&Hours> {
        let (id, hours) = match event {
            CalendarEvent::CalendarOpened(e) => (e.schedule_id, &e.hours),
            CalendarEvent::ScheduleAdded(e) => (e.schedule_id, &e.hours),
            CalendarEvent::ScheduleChanged(e) => (e.schedule_id, &e.hours),
            _ => return None,
        };
        self.is(id).then_some(hours)
    }
}

/// The booking to which an event gives a time.
const fn takes_time(event: &CalendarEvent) -> Option<BookingId> {
    match event {
        CalendarEvent::BookingRequested(e) => Some(e.booking_id),
        CalendarEvent::BookingRescheduled(e) => Some(e.booking_id),
        _ => None,
    }
}
