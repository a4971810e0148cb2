//! What has happened to a calendar. Written once, kept for ever: every version of every event stays readable.
//!
//! Events serialise flat with their name as `type`, so that plain SQL (the guards of the log) and any JSON reader find
//! `booking_id`, `session_id`, `start` and `end` at the top.

mod bookings;
mod meeting_types;
mod settings;
mod teams;

pub use bookings::*;
pub use meeting_types::*;
pub use settings::*;
pub use teams::*;

use serde::{Deserialize, Serialize};

use crate::ids::BookingId;
use crate::personal::{Field, Personal, PersonalField};
use crate::text::Description;

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $version:literal),* $(,)?) => {
        /// What has happened to a calendar.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "type")]
        pub enum CalendarEvent {
            $($(#[$doc])* $name($name),)*
        }

        impl CalendarEvent {
            /// Every event type with the version that is written today.
            pub const TYPES: &'static [(&'static str, &'static str)] = &[$((stringify!($name), $version)),*];

            /// The event's name.
            pub const fn event_type(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)* }
            }

            /// The version of the event's form.
            pub const fn event_version(&self) -> &'static str {
                match self { $(Self::$name(_) => $version,)* }
            }

            /// Reads an event of today's version from its name and its JSON.
            ///
            /// The name picks the type at once, where reading the tagged enum would buffer the whole document first.
            pub fn from_parts(event_type: &str, json: &str) -> Result<Self, Unreadable> {
                match event_type {
                    $(stringify!($name) => Ok(Self::$name(serde_json::from_str(json)?)),)*
                    _ => Err(Unreadable::UnknownType(event_type.to_owned())),
                }
            }
        }

        $(impl From<$name> for CalendarEvent {
            fn from(event: $name) -> Self {
                Self::$name(event)
            }
        })*
    };
}

events! {
    /// A new host's calendar, with office hours.
    CalendarOpened = "1",
    /// The host moved.
    TimeZoneChanged = "1",
    /// The host will travel.
    TimeZoneChangesAnnounced = "1",
    /// A schedule came.
    ScheduleAdded = "1",
    /// A schedule changed as a whole.
    ScheduleChanged = "1",
    /// A schedule went.
    ScheduleRemoved = "1",
    /// Another schedule is the default.
    DefaultScheduleChosen = "1",
    /// The week changed.
    WeeklyRulesReplaced = "1",
    /// A date has hours of its own.
    DateOverrideSet = "1",
    /// A date has its weekly hours back.
    DateOverrideRemoved = "1",
    /// A kind of meeting is offered.
    MeetingTypeAdded = "1",
    /// A kind of meeting changed as a whole.
    MeetingTypeChanged = "1",
    /// A kind of meeting is no longer offered.
    MeetingTypeRemoved = "1",
    /// A guest asked for a time, and holds it.
    BookingRequested = "1",
    /// The booking will take place.
    BookingConfirmed = "1",
    /// The booking moved.
    BookingRescheduled = "1",
    /// The booking was called off.
    BookingCancelled = "1",
    /// The host did not want the booking.
    BookingDeclined = "1",
    /// The host did not answer in time.
    BookingExpired = "1",
    /// The guest did not come.
    NoShowMarked = "1",
    /// Hosts meet guests as a team.
    TeamFormed = "1",
    /// A team has another name.
    TeamChanged = "1",
    /// A team has another roster.
    TeamMembersChanged = "1",
    /// A team is no more.
    TeamDisbanded = "1",
    /// The host is in a team.
    TeamJoined = "1",
    /// The host is no longer in a team.
    TeamLeft = "1",
    /// A member's turn has come.
    HostAssigned = "1",
    /// A member's turn did not count.
    AssignmentWithdrawn = "1",
}

/// An event that this program cannot read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not an event of a calendar, or one of a later program.
    #[error("unknown event type {0}")]
    UnknownType(String),
    /// Not of the form that its type and version promise.
    #[error("event is not of its type's form: {0}")]
    Form(#[from] serde_json::Error),
}

impl CalendarEvent {
    /// The booking of this calendar that the event is about, if it is about one. The assignments of a team are about bookings in
    /// the calendars of its members.
    pub const fn booking_id(&self) -> Option<BookingId> {
        match self {
            Self::BookingRequested(e) => Some(e.booking_id),
            Self::BookingConfirmed(e) => Some(e.booking_id),
            Self::BookingRescheduled(e) => Some(e.booking_id),
            Self::BookingCancelled(e) => Some(e.booking_id),
            Self::BookingDeclined(e) => Some(e.booking_id),
            Self::BookingExpired(e) => Some(e.booking_id),
            Self::NoShowMarked(e) => Some(e.booking_id),
            _ => None,
        }
    }

    /// The event's personal fields; whatever is not listed here is written as it is.
    pub fn personal_fields(&mut self) -> Vec<Box<dyn PersonalField + Send + '_>> {
        fn reason(value: &mut Option<Personal<Description>>) -> Vec<Box<dyn PersonalField + Send + '_>> {
            value.iter_mut().map(|value| Box::new(Field { name: "reason", value }) as _).collect()
        }
        match self {
            Self::BookingRequested(e) => vec![Box::new(Field { name: "guest", value: &mut e.guest })],
            Self::BookingRescheduled(e) => reason(&mut e.reason),
            Self::BookingCancelled(e) => reason(&mut e.reason),
            Self::BookingDeclined(e) => reason(&mut e.reason),
            _ => Vec::new(),
        }
    }
}

impl cqrs_es::DomainEvent for CalendarEvent {
    fn event_type(&self) -> String {
        CalendarEvent::event_type(self).to_owned()
    }

    fn event_version(&self) -> String {
        CalendarEvent::event_version(self).to_owned()
    }
}
