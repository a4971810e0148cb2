//! Why a calendar refuses a command. Each names the rule that was broken.

use crate::ids::BookingId;
use crate::meeting_type::BrokenRule;
use crate::slots::{NotOffered, Slot};

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
    /// The booking was cancelled.
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
}
