//! A booking as the API shows it.

use chrono::{DateTime, Utc};
use daybook_domain::calendar::booking::{Booking, BookingStatus};
use daybook_domain::calendar::event::Guest;
use daybook_domain::ids::HostId;
use daybook_domain::questions;
use daybook_projections::bookings::{Booking as BookingRow, Status as RowStatus};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A booking. Personal fields are null once their owner was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Booking)]
pub struct BookingBody {
    /// Its id; a reschedule keeps it.
    pub id: Uuid,
    /// The kind of meeting.
    pub meeting_type_id: Uuid,
    /// Whose calendar it is in; of a collective meeting, the organiser's.
    pub host_id: Uuid,
    /// The guest's name.
    #[schema(example = "Ada Lovelace")]
    pub invitee_name: Option<String>,
    /// The guest's address.
    #[schema(example = "ada@example.org")]
    pub invitee_email: Option<String>,
    /// The guest's time zone.
    #[schema(example = "Europe/London")]
    pub invitee_timezone: String,
    /// Whom the guest brings along.
    pub guests: Vec<String>,
    /// When the meeting starts.
    pub start_time: DateTime<Utc>,
    /// When it ends.
    pub end_time: DateTime<Utc>,
    /// Where it stands.
    pub status: Status,
    /// While it is pending, until when the host must answer.
    pub hold_until: Option<DateTime<Utc>>,
    /// Why it was called off, or declined.
    pub cancellation_reason: Option<String>,
    /// What the guest wants the host to know.
    pub notes: Option<String>,
    /// Answers to the meeting type's questions.
    pub answers: Vec<AnswerBody>,
    /// When it started before it was last moved.
    pub rescheduled_from: Option<DateTime<Utc>>,
    /// The meeting it takes part in; guests of a group share it.
    pub session_id: Uuid,
    /// The series it is one of.
    pub series_id: Option<Uuid>,
    /// The team through which it was booked.
    pub team_id: Option<Uuid>,
    /// All hosts of a collective meeting, the organiser first; empty otherwise.
    pub hosts: Vec<Uuid>,
    /// Whether the guest did not come.
    pub no_show: bool,
    /// Its revision: 1 after booking, + 1 for each later command that changes it.
    pub version: u32,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Where a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Holds its time until the host answers.
    Pending,
    /// Will take place.
    Confirmed,
    /// The host did not want it.
    Declined,
    /// The host did not answer in time.
    Expired,
    /// Called off.
    Cancelled,
    /// Took place.
    Completed,
}

/// What a guest answered to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Answer)]
pub struct AnswerBody {
    /// Which question of the meeting type.
    #[schema(example = "company")]
    pub question_id: String,
    /// A text, a number, true or false, or a list of options, as the question's type asks.
    pub value: serde_json::Value,
}

impl From<&questions::Answer> for AnswerBody {
    fn from(answer: &questions::Answer) -> Self {
        Self { question_id: answer.question_id.to_string(), value: serde_json::json!(answer.value) }
    }
}

/// What only the guest's key opens, or what the read model has of it.
#[derive(Clone, Debug, Default)]
pub struct Particulars {
    /// Who comes; none if erased.
    pub guest: Option<Guest>,
    /// The guest's time zone.
    pub time_zone: String,
    /// Why it was called off.
    pub cancellation_reason: Option<String>,
}

impl BookingBody {
    /// A booking of this host's calendar as of `now`.
    pub fn new(host: HostId, booking: &Booking, particulars: Particulars, now: DateTime<Utc>) -> Self {
        let Particulars { guest, time_zone, cancellation_reason } = particulars;
        Self {
            id: booking.id.0,
            meeting_type_id: booking.meeting_type.0,
            host_id: booking.hosts.first().map_or(host.0, |organiser| organiser.0),
            invitee_name: guest.as_ref().map(|g| g.name.to_string()),
            invitee_email: guest.as_ref().map(|g| g.email.to_string()),
            invitee_timezone: time_zone,
            guests: guest.iter().flat_map(|g| &g.guests).map(ToString::to_string).collect(),
            start_time: booking.start,
            end_time: booking.end,
            status: status(booking, now),
            hold_until: booking.hold_until,
            cancellation_reason,
            notes: guest.as_ref().and_then(|g| g.notes.as_ref()).map(ToString::to_string),
            answers: guest.iter().flat_map(|g| &g.answers).map(AnswerBody::from).collect(),
            rescheduled_from: booking.rescheduled_from,
            session_id: booking.session.0,
            series_id: booking.series.map(|id| id.0),
            team_id: booking.team.map(|id| id.0),
            hosts: booking.hosts.iter().map(|host| host.0).collect(),
            no_show: booking.no_show,
            version: booking.revision,
            created_at: booking.requested_at,
            updated_at: booking.changed_at,
        }
    }

    /// A booking as the read model has it.
    pub fn from_row(row: BookingRow, now: DateTime<Utc>) -> Self {
        Self {
            status: row.status_at(now).into(),
            id: row.id.0,
            meeting_type_id: row.meeting_type_id.0,
            host_id: row.organiser().0,
            invitee_name: row.invitee_name,
            invitee_email: row.invitee_email,
            invitee_timezone: row.invitee_time_zone,
            guests: row.guests.unwrap_or_default(),
            start_time: row.start_time,
            end_time: row.end_time,
            hold_until: row.hold_until,
            cancellation_reason: row.cancellation_reason,
            notes: row.notes,
            answers: row.answers.iter().flatten().map(AnswerBody::from).collect(),
            rescheduled_from: row.rescheduled_from,
            session_id: row.session_id.0,
            series_id: row.series_id,
            team_id: row.team_id,
            hosts: row.hosts.unwrap_or_default(),
            no_show: row.no_show,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }

    /// Its version as an entity tag, for `If-Match`.
    pub fn entity_tag(&self) -> String {
        format!("\"{}\"", self.version)
    }

    /// The same booking as the calendar itself has it, which may be newer than the read model.
    #[must_use]
    pub fn brought_up_to(self, booking: &Booking, now: DateTime<Utc>) -> Self {
        Self {
            status: status(booking, now),
            start_time: booking.start,
            end_time: booking.end,
            rescheduled_from: booking.rescheduled_from,
            hold_until: booking.hold_until,
            session_id: booking.session.0,
            no_show: booking.no_show,
            version: booking.revision,
            updated_at: booking.changed_at,
            ..self
        }
    }
}

fn status(booking: &Booking, now: DateTime<Utc>) -> Status {
    match booking.status_at(now) {
        BookingStatus::Pending => Status::Pending,
        BookingStatus::Confirmed => Status::Confirmed,
        BookingStatus::Declined => Status::Declined,
        BookingStatus::Expired => Status::Expired,
        BookingStatus::Cancelled => Status::Cancelled,
        BookingStatus::Completed => Status::Completed,
    }
}

macro_rules! same_statuses {
    ($($name:ident),*) => {
        impl From<RowStatus> for Status {
            fn from(status: RowStatus) -> Self {
                match status { $(RowStatus::$name => Self::$name,)* }
            }
        }

        impl From<Status> for RowStatus {
            fn from(status: Status) -> Self {
                match status { $(Status::$name => Self::$name,)* }
            }
        }
    };
}

same_statuses!(Pending, Confirmed, Declined, Expired, Cancelled, Completed);
