//! Events that no command could have caused, each with the rule that says so.

use chrono::Duration;
use serde_json::json;

use crate::calendar::event::{
    AssignmentWithdrawn, BookingConfirmed, BookingExpired, BookingRequested, CalendarEvent, CalendarOpened,
    DefaultScheduleChosen, HostAssigned, MeetingTypeChanged, MeetingTypeRemoved, NoShowMarked, Party, TeamDisbanded,
    TeamJoined, TeamLeft, TeamMembersChanged, TimeZoneChanged, WeeklyRulesReplaced,
};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::world::*;
use crate::calendar::scenario::*;
use crate::calendar::{Calendars, Violation};
use crate::ids::{HostId, ScheduleId, SessionId};
use crate::meeting_type::{Limits, MeetingType, Policies, Strategy, Terms};
use crate::personal::Personal;
use crate::schedule::Hours;
use crate::slots::NotOffered;
use crate::text::Slug;

fn verify(before: &[CalendarEvent], event: impl Into<CalendarEvent>) -> Result<(), Violation> {
    given(before.to_vec()).calendar.would_have_allowed(&event.into(), &Calendars::new())
}

fn refused(refusal: Refusal) -> Result<(), Violation> {
    Err(Violation::Refused(refusal))
}

fn differs(member: &str) -> Result<(), Violation> {
    Err(Violation::Differs { member: member.to_owned() })
}

fn offered() -> Vec<CalendarEvent> {
    vec![opened(), offers(intro())]
}

fn booked() -> Vec<CalendarEvent> {
    vec![opened(), offers(intro()), requested(ADAS, "ada", at(9, 0)), confirmed(ADAS)]
}

#[test]
fn a_booking_must_have_been_bookable_when_it_was_asked_for() {
    assert_eq!(verify(&offered(), requested(ADAS, "ada", at(9, 0))), Ok(()));
    let outside = Refusal::InvalidTimeSlot(NotOffered::OutsideHours);
    assert_eq!(verify(&offered(), requested(ADAS, "ada", at(20, 0))), refused(outside));
    let late = requested_with(ADAS, "ada", at(9, 0), |e| e.requested_at = at(10, 0));
    assert_eq!(verify(&offered(), late), refused(Refusal::InvalidTimeSlot(NotOffered::InThePast)));
    let taken = verify(&booked(), requested(BOBS, "bob", at(9, 0)));
    assert!(matches!(taken, Err(Violation::Refused(Refusal::SlotUnavailable(_)))), "{taken:?}");
    assert_eq!(verify(&booked(), requested(ADAS, "ada", at(10, 0))), refused(Refusal::AlreadyBooked(ADAS)));
    assert_eq!(verify(&[opened()], requested(ADAS, "ada", at(9, 0))), refused(Refusal::MeetingTypeNotFound));
    let inactive = MeetingType { is_active: false, ..intro() };
    let inactive = verify(&[opened(), offers(inactive)], requested(ADAS, "ada", at(9, 0)));
    assert_eq!(inactive, refused(Refusal::MeetingTypeInactive));
    let limits = Limits { max_bookings_per_day: Some(1), ..Limits::default() };
    let full: Vec<_> = [opened(), offers(MeetingType { terms: Terms { limits, ..intro().terms }, ..intro() })]
        .into_iter()
        .chain(booked().split_off(2))
        .collect();
    assert_eq!(verify(&full, requested(BOBS, "bob", at(10, 0))), refused(Refusal::MaxBookingsReached));
}

#[test]
fn a_booking_must_say_what_its_meeting_type_says() {
    let with = |change: fn(&mut BookingRequested)| verify(&offered(), requested_with(ADAS, "ada", at(9, 0), change));
    assert_eq!(with(|e| e.end = at(10, 0)), differs("end"));
    assert_eq!(with(|e| e.buffer_after_minutes = 5), differs("buffer_after_minutes"));
    assert_eq!(with(|e| e.session_id = SessionId::from(BOBS)), differs("session_id"));
    assert_eq!(with(|e| e.hold_until = Some(at(8, 0))), differs("hold_until"));
    assert_eq!(with(|e| e.team_id = Some(TEAM)), differs("team_id"));
    assert_eq!(with(|e| e.hosts = vec![ANN]), differs("hosts"));
}

#[test]
fn answers_are_judged_if_they_can_be_read() {
    let questions = json!([{ "id": "topic", "label": "What about?", "type": "text", "required": true }]);
    let asking = MeetingType { questions: serde_json::from_value(questions).expect("questions"), ..intro() };
    let before = [opened(), offers(asking)];
    let unanswered = verify(&before, requested(ADAS, "ada", at(9, 0)));
    assert!(matches!(unanswered, Err(Violation::Refused(Refusal::Invalid(_)))), "{unanswered:?}");
    let subject = guest("ada").subject().clone();
    for guest in [
        Personal::Sealed { sealed: "c2VhbGVk".to_owned(), subject: subject.clone() },
        Personal::Erased { erased: subject.clone() },
    ] {
        assert_eq!(verify(&before, requested_with(ADAS, "ada", at(9, 0), |e| e.guest = guest)), Ok(()));
    }
}

#[test]
fn a_confirmation_comes_at_once_or_while_the_hold_lasts() {
    let asked = [opened(), offers(intro()), requested(ADAS, "ada", at(9, 0))];
    assert_eq!(verify(&asked, confirmed(ADAS)), Ok(()));
    let later = BookingConfirmed { booking_id: ADAS, confirmed_at: at(8, 0) };
    assert_eq!(verify(&asked, later.clone()), differs("confirmed_at"));
    let policies = Policies { requires_confirmation: true, hold_minutes: 60, ..Policies::default() };
    let until = the_day_before() + Duration::hours(1);
    let held = requested_with(ADAS, "ada", at(9, 0), |e| e.hold_until = Some(until));
    let held = [opened(), offers(MeetingType { policies, ..intro() }), held];
    assert_eq!(verify(&held, confirmed(ADAS)), Ok(()));
    assert_eq!(verify(&held, later), refused(Refusal::BookingNotActive));
    assert_eq!(verify(&booked(), confirmed(ADAS)), Err(Violation::Unfounded));
    assert_eq!(verify(&held, BookingExpired { booking_id: ADAS, expired_at: until }), Ok(()));
    let early = BookingExpired { booking_id: ADAS, expired_at: the_day_before() };
    assert_eq!(verify(&held, early), Err(Violation::Unfounded));
}

#[test]
fn changes_of_a_booking_follow_the_rules_of_their_moment() {
    assert_eq!(verify(&booked(), rescheduled(ADAS, at(9, 0), at(10, 0), Party::Guest)), Ok(()));
    let strange = rescheduled_with(ADAS, (at(9, 0), at(10, 0)), Party::Guest, |e| e.previous_start = at(8, 0));
    assert_eq!(verify(&booked(), strange), differs("previous_start"));
    let nowhere = rescheduled(ADAS, at(9, 0), at(9, 0), Party::Guest);
    assert_eq!(verify(&booked(), nowhere), Err(Violation::Unfounded));
    assert_eq!(verify(&booked(), cancelled(ADAS, Party::Guest)), Ok(()));
    let policies = Policies { cancellation_notice_minutes: 2_000, ..Policies::default() };
    let strict: Vec<_> =
        [opened(), offers(MeetingType { policies, ..intro() })].into_iter().chain(booked().split_off(2)).collect();
    let too_late = refused(Refusal::TooLateToChange { notice_minutes: 2_000 });
    assert_eq!(verify(&strict, cancelled(ADAS, Party::Guest)), too_late);
    assert_eq!(verify(&strict, cancelled(ADAS, Party::Host)), Ok(()));
    let over: Vec<_> = booked().into_iter().chain([cancelled(ADAS, Party::Host)]).collect();
    assert_eq!(verify(&over, cancelled(ADAS, Party::Host)), refused(Refusal::BookingNotActive));
    assert_eq!(verify(&offered(), cancelled(ADAS, Party::Host)), refused(Refusal::BookingNotFound));
    let missed = |marked_at| NoShowMarked { booking_id: ADAS, by: Party::Host, marked_at };
    assert_eq!(verify(&booked(), missed(at(9, 0))), Ok(()));
    assert_eq!(verify(&booked(), missed(at(8, 0))), refused(Refusal::NotStarted));
}

#[test]
fn settings_follow_their_own_rules() {
    assert_eq!(verify(&[], opened()), Ok(()));
    assert_eq!(verify(&[opened()], opened()), Err(Violation::Unfounded));
    let CalendarEvent::CalendarOpened(first) = opened() else { unreachable!() };
    let idle = CalendarOpened { hours: Hours::default(), ..first };
    assert_eq!(verify(&[], idle), differs("rules"));
    let moved = TimeZoneChanged { time_zone: "Asia/Tokyo".parse().expect("a zone") };
    assert_eq!(verify(&[opened()], moved.clone()), Ok(()));
    assert_eq!(verify(&[], moved), refused(Refusal::CalendarNotOpen));
    let rules = WeeklyRulesReplaced { schedule_id: ScheduleId(uuid::Uuid::nil()), rules: Vec::new() };
    assert_eq!(verify(&[opened()], rules), differs("schedule_id"));
    let chosen = DefaultScheduleChosen { schedule_id: SCHEDULE };
    assert_eq!(verify(&[opened()], chosen), Err(Violation::Unfounded));
    let clash = MeetingType { id: crate::ids::MeetingTypeId(uuid::Uuid::nil()), ..intro() };
    assert_eq!(verify(&offered(), offers(clash)), refused(Refusal::SlugTaken));
    assert_eq!(verify(&offered(), offers(intro())), Err(Violation::Unfounded));
    let gone = MeetingTypeRemoved { meeting_type_id: INTRO };
    assert_eq!(verify(&[opened()], gone), refused(Refusal::MeetingTypeNotFound));
}

#[test]
fn a_copy_of_a_teams_type_stands_only_with_its_members() {
    let of_the_team = offers(in_turn(Strategy::Priority));
    assert_eq!(verify(&[opened(), joined()], of_the_team.clone()), Ok(()));
    assert_eq!(verify(&[opened()], of_the_team.clone()), refused(Refusal::TeamNotFound));
    let changed = MeetingTypeChanged { meeting_type: in_turn(Strategy::EqualDistribution) };
    assert_eq!(verify(&[opened(), joined(), of_the_team.clone()], changed.clone()), Ok(()));
    assert_eq!(verify(&[opened(), joined()], changed), refused(Refusal::MeetingTypeNotFound));
    assert_eq!(verify(&[formed(&[])], of_the_team), Ok(()));
}

#[test]
fn teams_come_and_go_by_the_rules() {
    assert_eq!(verify(&[], formed(&roster(&[ANN]))), Ok(()));
    assert_eq!(verify(&[opened()], formed(&[])), Err(Violation::Unfounded));
    assert!(verify(&[], formed(&roster(&[ANN, ANN]))).is_err());
    let team = [formed(&roster(&[ANN]))];
    assert_eq!(verify(&team, TeamMembersChanged { members: roster(&[BEN]) }), Ok(()));
    assert_eq!(verify(&team, TeamMembersChanged { members: roster(&[ANN]) }), Err(Violation::Unfounded));
    let disbanded = TeamDisbanded { disbanded_at: at(9, 0) };
    assert_eq!(verify(&team, disbanded.clone()), Ok(()));
    let over = [formed(&[]), disbanded.clone().into()];
    assert_eq!(verify(&over, disbanded), refused(Refusal::TeamNotFound));
    assert_eq!(verify(&[opened()], joined()), Ok(()));
    assert_eq!(verify(&[opened(), joined()], TeamJoined { team_id: TEAM }), Err(Violation::Unfounded));
    assert_eq!(verify(&[opened()], TeamLeft { team_id: TEAM }), Err(Violation::Unfounded));
    let named = crate::calendar::event::TeamChanged {
        name: crate::text::Name::parse("Sales").expect("a name"),
        slug: Slug::parse("sales").expect("a slug"),
    };
    assert_eq!(verify(&team, named), Err(Violation::Unfounded));
}

#[test]
fn an_assignment_goes_to_whoevers_turn_it_is() {
    let world = World::with_team(&roster(&[ANN, BEN]), &in_turn(Strategy::MaximizeAvailability));
    let to = |host_id| {
        let e = HostAssigned {
            booking_id: ADAS,
            meeting_type_id: INTRO,
            host_id,
            start: at(9, 0),
            assigned_at: the_day_before(),
        };
        CalendarEvent::from(e)
    };
    let asked = |world: &World, host: HostId| world.calendar(team()).would_have_allowed(&to(host), &world.0);
    assert_eq!(asked(&world, ANN), Ok(()));
    assert_eq!(asked(&world, BEN), differs("host_id"));
    assert_eq!(asked(&world, CAT), differs("host_id"));
    let busy = world.clone().given(ANN, [requested(BOBS, "bob", at(9, 0))]);
    assert_eq!(asked(&busy, BEN), Ok(()));
    assert_eq!(asked(&busy, ANN), differs("host_id"));
    let unseen = world.calendar(team()).would_have_allowed(&to(BEN), &Calendars::new());
    assert_eq!(unseen, Ok(()), "without the members' calendars, nobody knows who was free");
    let assigned = world.given(team(), [to(ANN)]);
    let back = |host_id| {
        let e = AssignmentWithdrawn { booking_id: ADAS, meeting_type_id: INTRO, host_id, withdrawn_at: at(8, 0) };
        assigned.calendar(team()).would_have_allowed(&e.into(), &Calendars::new())
    };
    assert_eq!((back(ANN), back(BEN)), (Ok(()), Err(Violation::Unfounded)));
}

#[test]
fn a_collective_meeting_is_judged_with_the_calendars_at_hand() {
    let world = World::with_team(&roster(&[ANN, BEN]), &all_together());
    let half_past = TimeZoneChanged { time_zone: "America/St_Johns".parse().expect("a zone") };
    // St John's is three and a half hours behind UTC: Ben's hours begin at 12:30, Ann's at 09:00.
    let hourly = MeetingType { terms: Terms { slot_interval_minutes: 60, ..intro().terms }, ..all_together() };
    let changed = CalendarEvent::from(MeetingTypeChanged { meeting_type: hourly });
    let world = world.given(BEN, [half_past.into(), changed.clone()]).given(ANN, [changed]);
    let at_once = |start| requested_with(ADAS, "ada", start, |e| (e.team_id, e.hosts) = (Some(TEAM), vec![ANN, BEN]));
    let mut bens = world.0.clone();
    bens.remove(&ANN);
    let ann = world.calendar(ANN);
    // Half past is on the grid of what they have in common, though not on Ann's own.
    assert_eq!(ann.would_have_allowed(&at_once(at(12, 30)), &bens), Ok(()));
    assert_eq!(ann.would_have_allowed(&at_once(at(12, 30)), &Calendars::new()), Ok(()));
    let off_the_grid = refused(Refusal::InvalidTimeSlot(NotOffered::OffTheGrid));
    assert_eq!(ann.would_have_allowed(&at_once(at(13, 0)), &bens), off_the_grid);
    assert_eq!(ann.would_have_allowed(&at_once(at(13, 0)), &Calendars::new()), Ok(()), "she cannot know");
    let outside = refused(Refusal::InvalidTimeSlot(NotOffered::OutsideHours));
    assert_eq!(ann.would_have_allowed(&at_once(at(8, 0)), &Calendars::new()), outside);
    assert_eq!(ann.would_have_allowed(&at_once(at(9, 0)), &bens), outside);
    let busy = world.clone().given(ANN, [requested(BOBS, "bob", at(12, 30))]);
    let taken = busy.calendar(ANN).would_have_allowed(&at_once(at(12, 30)), &Calendars::new());
    assert!(matches!(taken, Err(Violation::Refused(Refusal::SlotUnavailable(_)))), "{taken:?}");
}
