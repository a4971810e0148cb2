//! A row of the bookings read model, and how it follows events.

use daybook_domain::calendar::event::{BookingRequested, CalendarEvent, Guest};
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId, SessionId};
use daybook_domain::personal::Personal;
use daybook_domain::time::Instant;
use uuid::Uuid;

use super::status::Status;

/// A booking, as its host and its guest see it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Booking {
    /// Its id; it stays when the booking moves.
    #[sqlx(try_from = "Uuid")]
    pub id: BookingId,
    /// Whose calendar it stands in.
    #[sqlx(try_from = "Uuid")]
    pub host_id: HostId,
    /// The kind of meeting.
    #[sqlx(try_from = "Uuid")]
    pub meeting_type_id: MeetingTypeId,
    /// The meeting it takes part in.
    #[sqlx(try_from = "Uuid")]
    pub session_id: SessionId,
    /// As it is stored; [`status_at`](Self::status_at) shows it.
    #[sqlx(try_from = "String")]
    pub(super) status: Status,
    /// When the meeting starts.
    pub start_time: Instant,
    /// When it ends.
    pub end_time: Instant,
    /// When it started before it was last moved.
    pub rescheduled_from: Option<Instant>,
    /// Whom the invitee's data is about.
    pub invitee_subject: String,
    /// The invitee's name; none once it is erased, as with all that follows from them.
    pub invitee_name: Option<String>,
    /// Their e-mail address.
    pub invitee_email: Option<String>,
    /// What they want the host to know.
    pub notes: Option<String>,
    /// E-mail addresses of those whom they bring along; none at all once erased.
    #[sqlx(json(nullable))]
    pub guests: Option<Vec<String>>,
    /// Their time zone.
    pub invitee_time_zone: String,
    /// Why it was called off, if somebody said so.
    pub cancellation_reason: Option<String>,
    /// The booking's own revision: 1 after the command that made it, + 1 for each later command that changes it.
    #[sqlx(try_from = "i32")]
    pub version: u32,
    /// The version of the calendar's stream at the booking's last event.
    #[sqlx(try_from = "i64")]
    pub stream_version: u64,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Booking {
    /// Where it stands at `now`: a confirmed booking is completed once it has ended.
    pub fn status_at(&self, now: Instant) -> Status {
        match self.status {
            Status::Confirmed if self.end_time <= now => Status::Completed,
            status => status,
        }
    }

    /// The booking right after it was asked for.
    pub(super) fn requested(host: HostId, stream_version: u64, request: &BookingRequested) -> Self {
        let guest = request.guest.get();
        let text = |field: fn(&Guest) -> &str| guest.map(|guest| field(guest).to_owned());
        Self {
            id: request.booking_id,
            host_id: host,
            meeting_type_id: request.meeting_type_id,
            session_id: request.session_id,
            status: Status::Pending,
            start_time: request.start,
            end_time: request.end,
            rescheduled_from: None,
            invitee_subject: request.guest.subject().0.clone(),
            invitee_name: text(|guest| guest.name.as_str()),
            invitee_email: text(|guest| guest.email.as_str()),
            notes: guest.and_then(|guest| guest.notes.clone()).map(String::from),
            guests: guest.map(|guest| guest.guests.iter().cloned().map(String::from).collect()),
            invitee_time_zone: request.guest_time_zone.name().to_owned(),
            cancellation_reason: None,
            version: 1,
            stream_version,
            created_at: request.requested_at,
            updated_at: request.requested_at,
        }
    }

    /// Follows a later event about it.
    pub(super) fn follow(&mut self, stream_version: u64, event: &CalendarEvent) {
        match event {
            // Confirming in the command that asked is no change of its own: the revision stays.
            CalendarEvent::BookingConfirmed(e) => {
                self.status = Status::Confirmed;
                self.updated_at = e.confirmed_at;
            }
            CalendarEvent::BookingRescheduled(e) => {
                self.rescheduled_from = Some(e.previous_start);
                (self.start_time, self.end_time) = (e.start, e.end);
                (self.session_id, self.meeting_type_id) = (e.session_id, e.meeting_type_id);
                self.version += 1;
                self.updated_at = e.rescheduled_at;
            }
            CalendarEvent::BookingCancelled(e) => {
                self.status = Status::Cancelled;
                let reason = e.reason.as_ref().and_then(Personal::get);
                self.cancellation_reason = reason.map(|reason| reason.as_str().to_owned());
                self.version += 1;
                self.updated_at = e.cancelled_at;
            }
            _ => {}
        }
        self.stream_version = stream_version;
    }

    /// What the search looks through, in lower case.
    pub(super) fn search_text(&self) -> Option<String> {
        let (name, email) = (self.invitee_name.as_ref()?, self.invitee_email.as_ref()?);
        Some(format!("{name}\n{email}").to_lowercase())
    }
}
