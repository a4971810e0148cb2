//! Why a calendar refuses a command. Each names the rule that was broken.

use std::collections::BTreeSet;

use crate::ids::{BookingId, HostId, TeamId};
use crate::meeting_type::BrokenRule;
use crate::slots::{NotOffered, Slot};
use crate::time::Instant;

/// Why a calendar refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody has opened this calendar.
    #[error("there is no such calendar")]
    CalendarNotOpen,
    /// No such schedule.
    #[error("there is no such schedule")]
    ScheduleNotFound,
    /// The default schedule cannot be removed: choose another default first.
    #[error("the default schedule cannot be removed; make another one the default first")]
    ScheduleIsDefault,
    /// A meeting type uses the schedule.
    #[error("the schedule is used by a meeting type")]
    ScheduleInUse,
    /// No such date override.
    #[error("the date has no override")]
    OverrideNotFound,
    /// No such meeting type.
    #[error("there is no such meeting type")]
    MeetingTypeNotFound,
    /// The host uses the slug for another meeting type.
    #[error("the slug is taken by another meeting type of this host")]
    SlugTaken,
    /// A value breaks rules of its own.
    #[error("a value is not allowed")]
    Invalid(Vec<BrokenRule>),
    /// The meeting type cannot be booked now.
    #[error("the meeting type is not active")]
    MeetingTypeInactive,
    /// The start is not one that the host offers.
    #[error("the time is not offered: {0}")]
    InvalidTimeSlot(NotOffered),
    /// A limit per day or week is reached.
    #[error("the host takes no more bookings of this type on that date or in that week")]
    MaxBookingsReached,
    /// Somebody else has the time; here are the nearest free ones.
    #[error("the time is taken")]
    SlotUnavailable(Vec<Slot>),
    /// The same guest holds the same time already.
    #[error("the guest has this booking already")]
    AlreadyBooked(BookingId),
    /// No such booking.
    #[error("there is no such booking")]
    BookingNotFound,
    /// The booking was cancelled, declined or has expired, or its hold has run out.
    #[error("the booking is no longer active")]
    BookingNotActive,
    /// The meeting has begun.
    #[error("the meeting has already started")]
    AlreadyStarted,
    /// Somebody changed the booking since the caller looked.
    #[error("the booking was changed in the meantime; it is at version {current}")]
    StaleRevision {
        /// The booking's revision now.
        current: u32,
    },
    /// A booking that is confirmed can be cancelled, but no longer declined.
    #[error("the booking is confirmed already; it can only be cancelled")]
    NotPending,
    /// Nobody has missed a meeting that has not begun.
    #[error("the meeting has not started yet")]
    NotStarted,
    /// The guest would have had to make up their mind earlier.
    #[error(
        "it can no longer be changed by the guest; that is possible until {notice_minutes} minutes before the start"
    )]
    TooLateToChange {
        /// How long before the start it was possible.
        notice_minutes: u32,
    },
    /// Some times of a series cannot be booked, so none is.
    #[error("some of the times cannot be booked")]
    SeriesConflicts(Vec<(Instant, Box<Self>)>),
    /// Nobody in the team takes bookings.
    #[error("nobody in the team takes bookings now")]
    NoActiveMember,
    /// No such team, or no longer.
    #[error("there is no such team")]
    TeamNotFound,
    /// A team has no hours, no schedules and no meeting types but those of a team.
    #[error("this is a team, not a host")]
    IsATeam,
    /// The meeting type is a copy of one of a team.
    #[error("the meeting type belongs to a team and is changed there")]
    BelongsToTeam(TeamId),
    /// Not to be decided alone: these calendars are needed as well. Ask again with all of them, through
    /// [`decide_together`](super::decide_together).
    #[error("other calendars must be asked as well")]
    NeedsCalendars(BTreeSet<HostId>),
}
