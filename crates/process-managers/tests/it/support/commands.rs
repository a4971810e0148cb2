//! What hosts and guests ask of calendars.

use daybook_domain::calendar::command::{CalendarCommand, RequestBooking};
use daybook_domain::calendar::event::{Guest, Party};
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId, ScheduleId, TeamId};
use daybook_domain::meeting_type::{MeetingType, Policies};
use daybook_domain::personal::{Personal, Subject};
use daybook_domain::team::Member;
use daybook_domain::text::{EmailAddress, Name, Slug};
use daybook_domain::time::Instant;
use daybook_event_store::MasterKeys;
use uuid::Uuid;

/// How long a host has to answer.
pub(crate) const HOLD: chrono::Duration = chrono::Duration::hours(1);

pub(crate) fn keys() -> MasterKeys {
    "test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".parse().unwrap()
}

pub(crate) fn open() -> CalendarCommand {
    CalendarCommand::OpenCalendar { time_zone: "Etc/UTC".parse().unwrap(), schedule_id: ScheduleId(Uuid::now_v7()) }
}

/// A half-hour meeting that its host has to confirm.
pub(crate) fn to_be_confirmed(id: MeetingTypeId) -> MeetingType {
    let hold_minutes = HOLD.num_minutes().try_into().unwrap();
    let policies = Policies { requires_confirmation: true, hold_minutes, ..Policies::default() };
    let (name, slug) = (Name::parse("Intro").unwrap(), Slug::parse("intro").unwrap());
    MeetingType { policies, ..MeetingType::one_on_one(id, name, slug, 30) }
}

pub(crate) fn add(meeting_type: MeetingType) -> CalendarCommand {
    CalendarCommand::AddMeetingType { meeting_type: Box::new(meeting_type) }
}

pub(crate) fn form_team(team_id: TeamId, hosts: &[HostId]) -> CalendarCommand {
    let members = hosts.iter().copied().map(Member::new).collect();
    let (name, slug) = (Name::parse("Support").unwrap(), Slug::parse("support").unwrap());
    CalendarCommand::FormTeam { team_id, name, slug, owner: hosts[0], members }
}

pub(crate) fn request(booking_id: BookingId, meeting_type_id: MeetingTypeId, start: Instant) -> CalendarCommand {
    let email = EmailAddress::parse("ada@example.org").unwrap();
    let subject = Subject("guest:ada".to_owned());
    CalendarCommand::RequestBooking(Box::new(RequestBooking {
        booking_id,
        meeting_type_id,
        start,
        guest: Personal::plain(Guest::new(Name::parse("Ada Lovelace").unwrap(), email), subject),
        guest_time_zone: "Europe/London".parse().unwrap(),
        repeat_is_duplicate: false,
    }))
}

pub(crate) const fn confirm(booking_id: BookingId) -> CalendarCommand {
    CalendarCommand::ConfirmBooking { booking_id, seen: None }
}

pub(crate) const fn decline(booking_id: BookingId) -> CalendarCommand {
    CalendarCommand::DeclineBooking { booking_id, by: Party::Host, reason: None, seen: None }
}

pub(crate) const fn cancel(booking_id: BookingId) -> CalendarCommand {
    CalendarCommand::CancelBooking { booking_id, by: Party::Guest, reason: None, seen: None }
}
