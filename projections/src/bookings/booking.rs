//! A row of the bookings read model, and how it follows events.

use daybook_domain::calendar::event::{BookingRequested, CalendarEvent, Guest};
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId, SessionId};
use daybook_domain::personal::Personal;
use daybook_domain::questions::Answer;
use daybook_domain::text::Description;
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
    /// While it is pending, until when the host must answer.
    pub hold_until: Option<Instant>,
    /// Whether the guest did not come.
    pub no_show: bool,
    /// The series it is one of.
    pub series_id: Option<Uuid>,
    /// The team through which it was booked.
    pub team_id: Option<Uuid>,
    /// All hosts of a collective meeting, the organiser first.
    pub hosts: Option<Vec<Uuid>>,
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
    /// Their answers to the meeting type's questions.
    #[sqlx(json(nullable))]
    pub answers: Option<Vec<Answer>>,
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
            hold_until: request.hold_until,
            no_show: false,
            series_id: request.series_id.map(|id| id.0),
            team_id: request.team_id.map(|id| id.0),
            hosts: Some(request.hosts.iter().map(|host| host.0).collect()).filter(|hosts: &Vec<_>| !hosts.is_empty()),
            invitee_subject: request.guest.subject().0.clone(),
            invitee_name: text(|guest| guest.name.as_str()),
            invitee_email: text(|guest| guest.email.as_str()),
            notes: guest.and_then(|guest| guest.notes.clone()).map(String::from),
            guests: guest.map(|guest| guest.guests.iter().cloned().map(String::from).collect()),
            answers: guest.map(|guest| guest.answers.clone()),
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
            CalendarEvent::BookingConfirmed(e) => {
                self.status = Status::Confirmed;
                self.updated_at = e.confirmed_at;
                // Confirming in the command that asked is no change of its own: the revision stays.
                self.version += u32::from(self.hold_until.take().is_some());
            }
            CalendarEvent::BookingRescheduled(e) => {
                self.rescheduled_from = Some(e.previous_start);
                (self.start_time, self.end_time) = (e.start, e.end);
                (self.session_id, self.meeting_type_id) = (e.session_id, e.meeting_type_id);
                if e.hold_until.is_some() {
                    (self.status, self.hold_until) = (Status::Pending, e.hold_until);
                }
                self.changed(e.rescheduled_at);
            }
            CalendarEvent::BookingCancelled(e) => {
                self.over(Status::Cancelled, e.reason.as_ref(), e.cancelled_at);
            }
            CalendarEvent::BookingDeclined(e) => self.over(Status::Declined, e.reason.as_ref(), e.declined_at),
            CalendarEvent::BookingExpired(e) => self.over(Status::Expired, None, e.expired_at),
            CalendarEvent::NoShowMarked(e) => {
                self.no_show = true;
                self.changed(e.marked_at);
            }
            _ => {}
        }
        self.stream_version = stream_version;
    }

    fn over(&mut self, status: Status, reason: Option<&Personal<Description>>, at: Instant) {
        (self.status, self.hold_until) = (status, None);
        self.cancellation_reason = reason.and_then(Personal::get).map(|reason| reason.as_str().to_owned());
        self.changed(at);
    }

    fn changed(&mut self, at: Instant) {
        self.version += 1;
        self.updated_at = at;
    }

    /// The organiser of a collective meeting, or the one host of any other.
    pub fn organiser(&self) -> HostId {
        self.hosts.as_ref().and_then(|hosts| hosts.first()).map_or(self.host_id, |host| HostId(*host))
    }

    /// All hosts, as PostgreSQL writes an array.
    pub(super) fn hosts_text(&self) -> Option<String> {
        let hosts = self.hosts.as_ref()?.iter().map(Uuid::to_string).collect::<Vec<_>>();
        Some(format!("{{{}}}", hosts.join(",")))
    }

    /// What the search looks through, in lower case.
    pub(super) fn search_text(&self) -> Option<String> {
        let (name, email) = (self.invitee_name.as_ref()?, self.invitee_email.as_ref()?);
        Some(format!("{name}\n{email}").to_lowercase())
    }
}
