//! Booking through a team: with all of its active members, or with the one whose turn it is (B2).

use super::{Calendars, Effects, calendars_of, effects};
use crate::calendar::HostCalendar;
use crate::calendar::command::RequestBooking;
use crate::calendar::decide::request::{booked, check_answers, refusal, requested};
use crate::calendar::event::{BookingRequested, HostAssigned};
use crate::calendar::refusal::Refusal;
use crate::ids::HostId;
use crate::meeting_type::{Kind, MeetingType};
use crate::slots::{Collective, NotBookable, Slot, SlotRequest, nearest_of};
use crate::team::{Assignments, Team};
use crate::time::Instant;

/// The active members, in the roster's order.
type Members<'a> = [(HostId, &'a HostCalendar)];

impl HostCalendar {
    pub(super) fn book_with_team(
        &self,
        team: &Team,
        request: &RequestBooking,
        calendars: &Calendars,
        now: Instant,
    ) -> Result<Effects, Refusal> {
        let settings = &self.availability.settings;
        let meeting_type = settings.meeting_type(request.meeting_type_id).ok_or(Refusal::MeetingTypeNotFound)?;
        check_answers(meeting_type, &request.guest)?;
        let members = calendars_of(team.active().map(|member| member.host_id), calendars)?;
        if let Some(held) = members.iter().find_map(|(_, calendar)| calendar.held_already(request, now)) {
            return Err(Refusal::AlreadyBooked(held));
        }
        if !meeting_type.is_active {
            return Err(Refusal::MeetingTypeInactive);
        }
        if members.is_empty() {
            return Err(Refusal::NoActiveMember);
        }
        match meeting_type.kind {
            Kind::Collective => book_all(&members, meeting_type, request, now),
            _ => self.book_in_turn(team, &members, meeting_type, request, now),
        }
    }

    /// Books the first member in turn who can be booked at the start.
    fn book_in_turn(
        &self,
        team: &Team,
        members: &Members<'_>,
        meeting_type: &MeetingType,
        request: &RequestBooking,
        now: Instant,
    ) -> Result<Effects, Refusal> {
        let untouched = Assignments::default();
        let assignments = self.assignments.as_deref().unwrap_or(&untouched);
        let mut furthest = None;
        for host in assignments.in_turn(team, meeting_type.id, meeting_type.strategy.unwrap_or_default()) {
            let Some((_, calendar)) = members.iter().find(|(member, _)| *member == host) else { continue };
            match calendar.availability.judge(meeting_type, request.start, None, now) {
                Ok(slot) => return Ok(assigned(team, host, meeting_type, slot, request, now)),
                Err(why) => furthest = furthest.max(Some(why)),
            }
        }
        // Nobody can, so the answer is that of whoever came closest to it.
        let why = furthest.ok_or(Refusal::NoActiveMember)?;
        Err(refusal(why, || nearest_of(&requests(members, meeting_type, now), request.start)))
    }
}

fn requests<'a>(members: &Members<'a>, meeting_type: &'a MeetingType, now: Instant) -> Vec<SlotRequest<'a>> {
    members.iter().map(|(_, calendar)| calendar.availability.request(meeting_type, None, now)).collect()
}

/// One booking in the calendars of all members.
fn book_all(
    members: &Members<'_>,
    meeting_type: &MeetingType,
    request: &RequestBooking,
    now: Instant,
) -> Result<Effects, Refusal> {
    let requests = requests(members, meeting_type, now);
    let slot = judge_together(&requests, request.start)?;
    let hosts = members.iter().map(|(host, _)| *host).collect();
    let booking = BookingRequested { hosts, ..requested(meeting_type, slot, request, now) };
    Ok(effects(members.iter().map(|(host, _)| (*host, booked(booking.clone())))))
}

/// The slot at which all of the hosts can be booked, or the first rule against it.
pub(in crate::calendar) fn judge_together(requests: &[SlotRequest<'_>], start: Instant) -> Result<Slot, Refusal> {
    let hosts = Collective(requests);
    hosts
        .judge(start)
        .map_err(|why: NotBookable| refusal(why, || hosts.nearest(start, crate::availability::ALTERNATIVES)))
}

fn assigned(
    team: &Team,
    host: HostId,
    meeting_type: &MeetingType,
    slot: Slot,
    request: &RequestBooking,
    now: Instant,
) -> Effects {
    let booking = requested(meeting_type, slot, request, now);
    let assigned = HostAssigned {
        booking_id: booking.booking_id,
        meeting_type_id: meeting_type.id,
        host_id: host,
        start: booking.start,
        assigned_at: now,
    };
    effects([(host, booked(booking)), (team.id.into(), vec![assigned.into()])])
}
