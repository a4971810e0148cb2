//! A row of the table as a line of the file.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId, SessionId};
use daybook_domain::personal::Subject;
use daybook_domain::questions::Answer;
use daybook_domain::time::Instant;
use daybook_event_store::{Damaged, SubjectKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::booking::Booking;
use super::super::rows::Key;

/// A row as a line of JSON. Personal data is sealed with the key of the person whom it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub(super) id: Uuid,
    pub(super) host_id: Uuid,
    meeting_type_id: Uuid,
    session_id: Uuid,
    status: String,
    pub(super) start_time: Instant,
    end_time: Instant,
    rescheduled_from: Option<Instant>,
    hold_until: Option<Instant>,
    no_show: bool,
    series_id: Option<Uuid>,
    team_id: Option<Uuid>,
    hosts: Option<Vec<Uuid>>,
    pub(super) invitee_subject: String,
    /// None if the person was erased before the row was archived.
    sealed: Option<String>,
    invitee_time_zone: String,
    version: u32,
    pub(super) stream_version: u64,
    created_at: Instant,
    updated_at: Instant,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct PersonalData {
    name: Option<String>,
    email: Option<String>,
    notes: Option<String>,
    guests: Option<Vec<String>>,
    answers: Option<Vec<Answer>>,
    cancellation_reason: Option<String>,
}

impl Line {
    /// The row's line, sealed with its person's key; without one, the person was erased.
    pub(super) fn seal(booking: Booking, keys: &HashMap<Subject, SubjectKey>) -> Self {
        let key = keys.get(&Subject(booking.invitee_subject.clone()));
        let sealed = key.filter(|_| booking.invitee_name.is_some()).map(|key| {
            let personal = PersonalData {
                name: booking.invitee_name,
                email: booking.invitee_email,
                notes: booking.notes,
                guests: booking.guests,
                answers: booking.answers,
                cancellation_reason: booking.cancellation_reason,
            };
            let plain = serde_json::to_vec(&personal).expect("texts and lists of them become JSON");
            STANDARD.encode(key.seal(&context(&booking.id.0, &booking.host_id.0), &plain))
        });
        Self {
            id: booking.id.0,
            host_id: booking.host_id.0,
            meeting_type_id: booking.meeting_type_id.0,
            session_id: booking.session_id.0,
            status: booking.status.as_str().to_owned(),
            start_time: booking.start_time,
            end_time: booking.end_time,
            rescheduled_from: booking.rescheduled_from,
            hold_until: booking.hold_until,
            no_show: booking.no_show,
            series_id: booking.series_id,
            team_id: booking.team_id,
            hosts: booking.hosts,
            invitee_subject: booking.invitee_subject,
            sealed,
            invitee_time_zone: booking.invitee_time_zone,
            version: booking.version,
            stream_version: booking.stream_version,
            created_at: booking.created_at,
            updated_at: booking.updated_at,
        }
    }

    /// The row. Of a person who was erased, nothing personal is left in it.
    pub(super) fn open(self, keys: &HashMap<Subject, SubjectKey>) -> Result<Booking, Damaged> {
        let key = keys.get(&Subject(self.invitee_subject.clone()));
        let personal = match (&self.sealed, key) {
            (Some(sealed), Some(key)) => {
                let sealed = STANDARD.decode(sealed).map_err(|_| Damaged)?;
                let plain = key.open(&context(&self.id, &self.host_id), &sealed)?;
                serde_json::from_slice(&plain).map_err(|_| Damaged)?
            }
            _ => PersonalData {
                name: None,
                email: None,
                notes: None,
                guests: None,
                answers: None,
                cancellation_reason: None,
            },
        };
        Ok(Booking {
            id: BookingId(self.id),
            host_id: HostId(self.host_id),
            meeting_type_id: MeetingTypeId(self.meeting_type_id),
            session_id: SessionId(self.session_id),
            status: self.status.parse().map_err(|_| Damaged)?,
            start_time: self.start_time,
            end_time: self.end_time,
            rescheduled_from: self.rescheduled_from,
            hold_until: self.hold_until,
            no_show: self.no_show,
            series_id: self.series_id,
            team_id: self.team_id,
            hosts: self.hosts,
            invitee_subject: self.invitee_subject,
            invitee_name: personal.name,
            invitee_email: personal.email,
            notes: personal.notes,
            guests: personal.guests,
            answers: personal.answers,
            invitee_time_zone: self.invitee_time_zone,
            cancellation_reason: personal.cancellation_reason,
            version: self.version,
            stream_version: self.stream_version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }

    pub(super) const fn key(&self) -> Key {
        (HostId(self.host_id), BookingId(self.id))
    }
}

/// The persons of whom these speak, each once.
pub(super) fn subjects<'a>(names: impl Iterator<Item = &'a String>) -> Vec<Subject> {
    names.collect::<HashSet<_>>().into_iter().cloned().map(Subject).collect()
}

/// What a ciphertext is bound to: moved to another booking, or taken from the log, it does not open.
fn context<'a>(id: &'a Uuid, host: &'a Uuid) -> [&'a [u8]; 3] {
    [b"bookings archive", id.as_bytes(), host.as_bytes()]
}
