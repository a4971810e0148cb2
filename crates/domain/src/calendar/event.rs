//! What has happened to a calendar. Written once, kept for ever: every version of every event stays readable.
//!
//! Events serialise flat with their name as `type`, so that plain SQL (the guards of the log) and any JSON reader find
//! `booking_id`, `session_id`, `start` and `end` at the top.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::{BookingId, MeetingTypeId, ScheduleId, SessionId};
use crate::meeting_type::MeetingType;
use crate::personal::{Field, Personal, PersonalField};
use crate::schedule::{Hours, WeeklyRule, Window};
use crate::text::{Description, EmailAddress, Name};
use crate::time::{Instant, Interval};
use crate::zone::{TimeZoneChange, Zone};

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

/// Opens a calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalendarOpened {
    /// The host's home zone.
    pub time_zone: Zone,
    /// The first schedule, the default one.
    pub schedule_id: ScheduleId,
    /// Its name.
    pub schedule_name: Name,
    /// Its rules.
    #[serde(flatten)]
    pub hours: Hours,
    /// When.
    pub opened_at: Instant,
}

/// Moves the host's home.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeZoneChanged {
    /// The new home zone.
    pub time_zone: Zone,
}

/// Replaces the announced stays in other zones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeZoneChangesAnnounced {
    /// All of them.
    pub time_zone_changes: Vec<TimeZoneChange>,
}

/// Adds a schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduleAdded {
    /// Its id.
    pub schedule_id: ScheduleId,
    /// Its name.
    pub name: Name,
    /// Its rules and overrides.
    #[serde(flatten)]
    pub hours: Hours,
}

/// Replaces a schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduleChanged {
    /// Its id.
    pub schedule_id: ScheduleId,
    /// Its name.
    pub name: Name,
    /// Its rules and overrides.
    #[serde(flatten)]
    pub hours: Hours,
}

/// Removes a schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduleRemoved {
    /// Its id.
    pub schedule_id: ScheduleId,
}

/// Makes a schedule the default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DefaultScheduleChosen {
    /// Its id.
    pub schedule_id: ScheduleId,
}

/// Replaces a schedule's weekly rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeeklyRulesReplaced {
    /// Which schedule.
    pub schedule_id: ScheduleId,
    /// All rules.
    pub rules: Vec<WeeklyRule>,
}

/// Gives a date hours of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DateOverrideSet {
    /// Which schedule.
    pub schedule_id: ScheduleId,
    /// The date.
    pub date: NaiveDate,
    /// Its hours; none closes it.
    pub windows: Vec<Window>,
}

/// Gives a date its weekly hours back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DateOverrideRemoved {
    /// Which schedule.
    pub schedule_id: ScheduleId,
    /// The date.
    pub date: NaiveDate,
}

/// Offers a kind of meeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeetingTypeAdded {
    /// The meeting type.
    #[serde(flatten)]
    pub meeting_type: MeetingType,
}

/// Replaces a kind of meeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeetingTypeChanged {
    /// The meeting type from now on.
    #[serde(flatten)]
    pub meeting_type: MeetingType,
}

/// No longer offers a kind of meeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeetingTypeRemoved {
    /// Which one.
    pub meeting_type_id: MeetingTypeId,
}

/// Who acts on a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Whoever holds the booking's manage token.
    Guest,
    /// The host whose calendar it is.
    Host,
    /// An administrator.
    Admin,
}

/// Who comes to a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// Their name.
    pub name: Name,
    /// Their address.
    pub email: EmailAddress,
    /// What they want the host to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Description>,
    /// Whom they bring along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guests: Vec<EmailAddress>,
}

/// A guest asked for a time, and holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingRequested {
    /// The booking.
    pub booking_id: BookingId,
    /// The meeting it takes part in.
    pub session_id: SessionId,
    /// Which kind of meeting.
    pub meeting_type_id: MeetingTypeId,
    /// When it starts.
    pub start: Instant,
    /// When it ends.
    pub end: Instant,
    /// Minutes kept free before it.
    pub buffer_before_minutes: u16,
    /// Minutes kept free after it.
    pub buffer_after_minutes: u16,
    /// Who comes.
    pub guest: Personal<Guest>,
    /// The guest's time zone.
    pub guest_time_zone: Zone,
    /// When they asked.
    pub requested_at: Instant,
}

/// The booking will take place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingConfirmed {
    /// The booking.
    pub booking_id: BookingId,
    /// When it was confirmed.
    pub confirmed_at: Instant,
}

/// The booking moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingRescheduled {
    /// The booking.
    pub booking_id: BookingId,
    /// The meeting it takes part in from now on.
    pub session_id: SessionId,
    /// Which kind of meeting.
    pub meeting_type_id: MeetingTypeId,
    /// When it started before.
    pub previous_start: Instant,
    /// When it starts now.
    pub start: Instant,
    /// When it ends now.
    pub end: Instant,
    /// Minutes kept free before it.
    pub buffer_before_minutes: u16,
    /// Minutes kept free after it.
    pub buffer_after_minutes: u16,
    /// Who moved it.
    pub by: Party,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<Description>>,
    /// When it was moved.
    pub rescheduled_at: Instant,
}

/// The booking was called off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingCancelled {
    /// The booking.
    pub booking_id: BookingId,
    /// Who called it off.
    pub by: Party,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<Description>>,
    /// When it was called off.
    pub cancelled_at: Instant,
}

/// Meetings are never empty: `decide` makes each from a slot. A damaged event reads as the second it starts.
fn during(start: Instant, end: Instant) -> Interval {
    Interval::between(start, end)
        .unwrap_or_else(|| Interval::new(start.timestamp(), start.timestamp() + 1).expect("one second is not empty"))
}

impl BookingRequested {
    /// The time of the meeting.
    pub fn during(&self) -> Interval {
        during(self.start, self.end)
    }
}

impl BookingRescheduled {
    /// The time of the meeting from now on.
    pub fn during(&self) -> Interval {
        during(self.start, self.end)
    }
}

impl CalendarEvent {
    /// The booking that the event is about, if it is about one.
    pub const fn booking_id(&self) -> Option<BookingId> {
        match self {
            Self::BookingRequested(e) => Some(e.booking_id),
            Self::BookingConfirmed(e) => Some(e.booking_id),
            Self::BookingRescheduled(e) => Some(e.booking_id),
            Self::BookingCancelled(e) => Some(e.booking_id),
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
