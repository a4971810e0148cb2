//! What can be asked of a calendar. Ids and time come in with the command.

use chrono::NaiveDate;

use crate::ids::{BookingId, HostId, MeetingTypeId, ScheduleId, SeriesId, SessionId, TeamId};
use crate::meeting_type::MeetingType;
use crate::personal::Personal;
use crate::schedule::{Hours, WeeklyRule, Window};
use crate::team::Member;
use crate::text::{Description, Name, Slug};
use crate::time::Instant;
use crate::zone::{TimeZoneChange, Zone};

use super::event::{Guest, Party};
use super::recurrence::Recurrence;

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
    /// Books a time for a guest: with the host, or through the team whose calendar it is.
    RequestBooking(Box<RequestBooking>),
    /// Moves a booking to another time.
    RescheduleBooking {
        /// Which booking.
        booking_id: BookingId,
        /// Its new start.
        start: Instant,
        /// Id of the session that it opens there, if it is one that guests share: never one that others may have joined.
        session_id: SessionId,
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
    /// Says that a pending booking will take place.
    ConfirmBooking {
        /// Which booking.
        booking_id: BookingId,
        /// The revision that the caller has seen, if they say.
        seen: Option<u32>,
    },
    /// Says that a pending booking will not take place.
    DeclineBooking {
        /// Which booking.
        booking_id: BookingId,
        /// Who declines.
        by: Party,
        /// Why.
        reason: Option<Description>,
        /// The revision that the caller has seen, if they say.
        seen: Option<u32>,
    },
    /// Gives up the time of a pending booking if its hold has run out; otherwise nothing happens.
    ExpireBooking {
        /// Which booking.
        booking_id: BookingId,
    },
    /// Says that the guest of a meeting did not come.
    MarkNoShow {
        /// Which booking.
        booking_id: BookingId,
        /// Who says so.
        by: Party,
        /// The revision that the caller has seen, if they say.
        seen: Option<u32>,
    },
    /// Books a time again and again: all of it, or nothing.
    RequestSeries(Box<RequestSeries>),
    /// Forms a team.
    FormTeam {
        /// Its id.
        team_id: TeamId,
        /// Its name.
        name: Name,
        /// Its place in booking URLs.
        slug: Slug,
        /// Who manages it.
        owner: HostId,
        /// Its roster.
        members: Vec<Member>,
    },
    /// Gives a team another name or place in booking URLs.
    ChangeTeam {
        /// The name from now on.
        name: Name,
        /// The place in booking URLs from now on.
        slug: Slug,
    },
    /// Replaces a team's roster. Bookings of those who leave stay with them.
    ChangeTeamMembers {
        /// All members from now on.
        members: Vec<Member>,
    },
    /// Ends a team and withdraws what it offers; its bookings stay with their hosts.
    DisbandTeam,
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

/// Books a time again and again.
#[derive(Clone, Debug)]
pub struct RequestSeries {
    /// Joins the bookings.
    pub series_id: SeriesId,
    /// Which kind of meeting.
    pub meeting_type_id: MeetingTypeId,
    /// When the first one starts.
    pub start: Instant,
    /// How it is repeated.
    pub recurrence: Recurrence,
    /// Ids of the bookings, one for each.
    pub booking_ids: Vec<BookingId>,
    /// Who comes.
    pub guest: Personal<Guest>,
    /// The guest's time zone.
    pub guest_time_zone: Zone,
}
