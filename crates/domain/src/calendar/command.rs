//! What can be asked of a calendar. Ids and time come in with the command.

use chrono::NaiveDate;

use crate::ids::{BookingId, MeetingTypeId, ScheduleId};
use crate::meeting_type::MeetingType;
use crate::personal::Personal;
use crate::schedule::{Hours, WeeklyRule, Window};
use crate::text::{Description, Name};
use crate::time::Instant;
use crate::zone::{TimeZoneChange, Zone};

use super::event::{Guest, Party};

/// A command and the moment at which it is decided.
#[derive(Clone, Debug)]
pub struct TimedCommand {
    /// What is asked.
    pub command: CalendarCommand,
    /// When.
    pub now: Instant,
}

/// What can be asked of a calendar.
#[derive(Clone, Debug)]
pub enum CalendarCommand {
    /// Opens the calendar of a new host with office hours; asking again changes nothing.
    OpenCalendar {
        /// The host's home zone.
        time_zone: Zone,
        /// Id of the first schedule.
        schedule_id: ScheduleId,
    },
    /// Moves the host's home to another zone.
    ChangeTimeZone {
        /// The new home zone.
        time_zone: Zone,
    },
    /// Replaces the announced stays in other zones.
    AnnounceTimeZoneChanges {
        /// All of them.
        time_zone_changes: Vec<TimeZoneChange>,
    },
    /// Adds a schedule.
    AddSchedule {
        /// Its id.
        schedule_id: ScheduleId,
        /// What the host calls it.
        name: Name,
        /// Its rules and overrides.
        hours: Hours,
        /// Whether it becomes the default.
        is_default: bool,
    },
    /// Replaces a schedule.
    ChangeSchedule {
        /// Which one.
        schedule_id: ScheduleId,
        /// Its name from now on.
        name: Name,
        /// Its rules and overrides from now on.
        hours: Hours,
        /// Whether it becomes the default. The default one stays so until another is chosen.
        is_default: bool,
    },
    /// Removes a schedule that is neither the default nor in use.
    RemoveSchedule {
        /// Which one.
        schedule_id: ScheduleId,
    },
    /// Replaces the weekly rules of the default schedule.
    ReplaceWeeklyRules {
        /// All rules.
        rules: Vec<WeeklyRule>,
    },
    /// Adds a weekly rule to the default schedule.
    AddWeeklyRule {
        /// The rule.
        rule: WeeklyRule,
    },
    /// Gives a date of the default schedule hours of its own.
    SetDateOverride {
        /// The date.
        date: NaiveDate,
        /// Its hours; none closes it.
        windows: Vec<Window>,
    },
    /// Gives a date of the default schedule its weekly hours back.
    RemoveDateOverride {
        /// The date.
        date: NaiveDate,
    },
    /// Offers a new kind of meeting.
    AddMeetingType {
        /// The meeting type.
        meeting_type: Box<MeetingType>,
    },
    /// Replaces a kind of meeting.
    ChangeMeetingType {
        /// The meeting type from now on.
        meeting_type: Box<MeetingType>,
    },
    /// No longer offers a kind of meeting; its bookings stay.
    RemoveMeetingType {
        /// Which one.
        meeting_type_id: MeetingTypeId,
    },
    /// Books a time for a guest.
    RequestBooking(Box<RequestBooking>),
    /// Moves a booking to another time.
    RescheduleBooking {
        /// Which booking.
        booking_id: BookingId,
        /// Its new start.
        start: Instant,
        /// Who asks.
        by: Party,
        /// Why.
        reason: Option<Description>,
        /// The revision that the caller has seen, if they say.
        seen: Option<u32>,
    },
    /// Calls a booking off.
    CancelBooking {
        /// Which booking.
        booking_id: BookingId,
        /// Who asks.
        by: Party,
        /// Why.
        reason: Option<Description>,
        /// The revision that the caller has seen, if they say.
        seen: Option<u32>,
    },
}

/// Books a time for a guest.
#[derive(Clone, Debug)]
pub struct RequestBooking {
    /// Id of the new booking.
    pub booking_id: BookingId,
    /// Which kind of meeting.
    pub meeting_type_id: MeetingTypeId,
    /// When it starts.
    pub start: Instant,
    /// Who comes.
    pub guest: Personal<Guest>,
    /// The guest's time zone.
    pub guest_time_zone: Zone,
    /// Whether the same guest asking for the same time again means the booking they have (true where the request carries no
    /// idempotency key).
    pub repeat_is_duplicate: bool,
}
