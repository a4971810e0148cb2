//! One guest and all of a team: one booking in every calendar, or in none (B2, E3).

use chrono::Duration;
use proptest::prelude::*;

use crate::calendar::booking::BookingStatus;
use crate::calendar::command::CalendarCommand as Command;
use crate::calendar::event::{BookingConfirmed, CalendarEvent, NoShowMarked, Party, TimeZoneChanged};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::world::*;
use crate::calendar::scenario::*;
use crate::explain::explain_collective;
use crate::ids::{BookingId, HostId};
use crate::meeting_type::{Limits, MeetingType, Policies, Terms};
use crate::slots::{Collective, NotOffered};
use crate::team::Member;
use crate::time::{Instant, Interval, instant};
use uuid::Uuid;

fn pair() -> World {
    World::with_team(&roster(&[ANN, BEN]), &all_together())
}

/// Ada's booking with the hosts, as it stands in the calendar of each.
fn with(hosts: &[HostId]) -> Vec<CalendarEvent> {
    let hosts = hosts.to_vec();
    let requested = requested_with(ADAS, "ada", at(9, 0), |e| (e.team_id, e.hosts) = (Some(TEAM), hosts));
    vec![requested, confirmed(ADAS)]
}

fn booked() -> World {
    pair().given(ANN, with(&[ANN, BEN])).given(BEN, with(&[ANN, BEN]))
}

fn both(event: &CalendarEvent) -> [(HostId, Vec<CalendarEvent>); 2] {
    [ANN, BEN].map(|host| (host, vec![event.clone()]))
}

#[test]
fn one_booking_stands_in_the_calendar_of_every_active_member() {
    let expected = [(ANN, with(&[ANN, BEN])), (BEN, with(&[ANN, BEN]))];
    pair().when(team(), &request(ADAS, "ada", at(9, 0))).then(expected.clone());
    pair().when(ANN, &request(ADAS, "ada", at(9, 0))).then(expected);
    let resting = [Member { is_active: false, ..Member::new(ANN) }, Member::new(BEN)];
    World::with_team(&resting, &all_together())
        .when(team(), &request(ADAS, "ada", at(9, 0)))
        .then([(BEN, with(&[BEN]))]);
}

#[test]
fn a_time_is_free_only_if_everybody_is() {
    let world = pair().given(BEN, [requested(BOBS, "bob", at(9, 0)), confirmed(BOBS)]);
    let refusal = world.when(team(), &request(ADAS, "ada", at(9, 0))).refusal();
    let Refusal::SlotUnavailable(free) = refusal else { panic!("{refusal:?}") };
    assert_eq!(instant(free[0].during.start()), at(9, 30));
    let far_away = TimeZoneChanged { time_zone: "America/New_York".parse().expect("a zone") };
    let outside = Refusal::InvalidTimeSlot(NotOffered::OutsideHours);
    pair().given(BEN, [far_away.into()]).when(team(), &request(ADAS, "ada", at(9, 0))).then_refused(&outside);
    booked().when(team(), &request(BOBS, "ada", at(9, 0))).then_refused(&Refusal::AlreadyBooked(ADAS));
}

#[test]
fn limits_count_for_each_host() {
    let limits = Limits { max_bookings_per_day: Some(1), ..Limits::default() };
    let limited = MeetingType { terms: Terms { limits, ..intro().terms }, ..all_together() };
    let mut world = World::with_team(&roster(&[ANN, BEN]), &limited);
    world.carry_out(team(), &request(ADAS, "ada", at(9, 0)), the_day_before());
    world.when(team(), &request(BOBS, "bob", at(11, 0))).then_refused(&Refusal::MaxBookingsReached);
}

#[test]
fn a_team_without_active_members_takes_no_bookings() {
    let resting = [Member { is_active: false, ..Member::new(ANN) }];
    let world = World::with_team(&resting, &all_together());
    world.when(team(), &request(ADAS, "ada", at(9, 0))).then_refused(&Refusal::NoActiveMember);
    let inactive = MeetingType { is_active: false, ..all_together() };
    let world = World::with_team(&roster(&[ANN]), &inactive);
    world.when(team(), &request(ADAS, "ada", at(9, 0))).then_refused(&Refusal::MeetingTypeInactive);
    let mut unknown = request(ADAS, "ada", at(9, 0));
    if let Command::RequestBooking(request) = &mut unknown {
        request.meeting_type_id = crate::ids::MeetingTypeId(Uuid::nil());
    }
    pair().when(team(), &unknown).then_refused(&Refusal::MeetingTypeNotFound);
}

#[test]
fn it_is_called_off_for_all_or_for_none() {
    booked().when(ANN, &cancel(ADAS)).then(both(&cancelled(ADAS, Party::Guest)));
    booked().when(BEN, &cancel(ADAS)).then(both(&cancelled(ADAS, Party::Guest)));
    let mut alone = booked();
    alone.0.remove(&BEN);
    alone.when(ANN, &cancel(ADAS)).then_refused(&needs([BEN]));
    let decided_alone = booked().calendar(ANN).decide(&cancel(ADAS), the_day_before());
    assert_eq!(decided_alone, Err(needs([ANN, BEN])));
}

#[test]
fn it_moves_for_all_to_a_time_at_which_all_are_free() {
    let moved = rescheduled(ADAS, at(9, 0), at(10, 0), Party::Guest);
    booked().when(BEN, &reschedule(ADAS, at(10, 0))).then(both(&moved));
    booked().when(BEN, &reschedule(ADAS, at(9, 0))).then([]);
    let busy = booked().given(BEN, [requested(BOBS, "bob", at(10, 0)), confirmed(BOBS)]);
    let refusal = busy.when(ANN, &reschedule(ADAS, at(10, 0))).refusal();
    assert!(matches!(refusal, Refusal::SlotUnavailable(_)), "{refusal:?}");
    let gone = booked().given(BEN, [crate::calendar::event::MeetingTypeRemoved { meeting_type_id: INTRO }.into()]);
    gone.when(ANN, &reschedule(ADAS, at(10, 0))).then_refused(&Refusal::MeetingTypeInactive);
    let stale = Command::RescheduleBooking {
        booking_id: ADAS,
        start: at(10, 0),
        session_id: FRESH,
        by: Party::Guest,
        reason: None,
        seen: Some(7),
    };
    booked().when(ANN, &stale).then_refused(&Refusal::StaleRevision { current: 1 });
    let inactive = MeetingType { is_active: false, ..all_together() };
    let changed = || [crate::calendar::event::MeetingTypeChanged { meeting_type: inactive.clone() }.into()];
    let inactive = booked().given(ANN, changed()).given(BEN, changed());
    inactive.when(ANN, &reschedule(ADAS, at(10, 0))).then_refused(&Refusal::MeetingTypeInactive);
}

#[test]
fn it_is_held_confirmed_and_given_up_for_all() {
    let policies = Policies { requires_confirmation: true, hold_minutes: 60, ..Policies::default() };
    let mut world = World::with_team(&roster(&[ANN, BEN]), &MeetingType { policies, ..all_together() });
    world.carry_out(team(), &request(ADAS, "ada", at(9, 0)), the_day_before());
    let until = the_day_before() + Duration::hours(1);
    for host in [ANN, BEN] {
        assert_eq!(world.calendar(host).booking(ADAS).expect("held").hold_until, Some(until));
    }
    let confirm = Command::ConfirmBooking { booking_id: ADAS, seen: Some(1) };
    let yes = BookingConfirmed { booking_id: ADAS, confirmed_at: the_day_before() };
    world.when(BEN, &confirm).then(both(&yes.into()));
    let decline = Command::DeclineBooking { booking_id: ADAS, by: Party::Host, reason: None, seen: None };
    assert_eq!(world.when(ANN, &decline).0.expect("declined").len(), 2);
    let expire = Command::ExpireBooking { booking_id: ADAS };
    world.when(ANN, &expire).then([]);
    world.carry_out(ANN, &expire, until);
    for host in [ANN, BEN] {
        assert_eq!(world.calendar(host).booking(ADAS).expect("kept").status, BookingStatus::Expired);
    }
}

#[test]
fn a_guest_who_did_not_come_missed_all_of_them() {
    let mark = Command::MarkNoShow { booking_id: ADAS, by: Party::Host, seen: None };
    let marked = NoShowMarked { booking_id: ADAS, by: Party::Host, marked_at: at(9, 5) };
    assert_eq!(booked().asked(BEN, &mark, at(9, 5)), Ok(both(&marked.into()).into()));
    booked().when(BEN, &mark).then_refused(&Refusal::NotStarted);
}

#[test]
fn a_member_who_leaves_keeps_the_booking() {
    let mut world = booked();
    world.carry_out(team(), &Command::ChangeTeamMembers { members: roster(&[ANN]) }, the_day_before());
    assert!(world.calendar(BEN).booking(ADAS).expect("kept").status.is_active());
    world.when(ANN, &cancel(ADAS)).then(both(&cancelled(ADAS, Party::Guest)));
}

#[test]
fn each_host_explains_their_part_and_the_grid_is_that_of_all() {
    let busy = pair().given(BEN, [requested(BOBS, "bob", at(9, 0))]);
    let explain = |world: &World, start| {
        let hosts = [ANN, BEN].map(|host| (host, world.calendar(host).availability().as_ref()));
        let explained = explain_collective(&hosts, &all_together(), start, the_day_before());
        [ANN, BEN].map(|host| explained[&host].reasons.iter().map(|reason| reason.code).collect::<Vec<_>>())
    };
    assert_eq!(explain(&busy, at(9, 0)), [vec![], vec!["booked"]]);
    assert_eq!(explain(&busy, at(9, 30)), [vec!["open"], vec!["open"]]);
    assert_eq!(explain(&busy, at(10, 10)), [vec!["off_the_grid"], vec!["off_the_grid"]]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// V7 for several hosts: what is offered is what is accepted.
    #[test]
    fn what_is_offered_is_exactly_what_is_accepted(
        zones in proptest::sample::subsequence(vec!["Europe/Berlin", "America/St_Johns", "Asia/Kolkata"], 2..=3),
        busy in proptest::collection::vec((0..3_usize, 0..48_i64), 0..12),
        buffer in 0..20_u16,
    ) {
        let hosts = [ANN, BEN, CAT];
        let terms = Terms { buffer_after_minutes: buffer, slot_interval_minutes: 20, ..Terms::one_on_one(30) };
        let mut world = World::with_team(&roster(&hosts), &MeetingType { terms, ..all_together() });
        for (host, zone) in hosts.iter().zip(&zones) {
            world.happens(*host, [TimeZoneChanged { time_zone: zone.parse().expect("a zone") }.into()]);
        }
        for (number, (host, half_hour)) in (0_u128..).zip(busy) {
            let id = BookingId(Uuid::from_u128(1_000 + number));
            world.happens(hosts[host], [requested(id, "bob", at(0, 0) + Duration::minutes(half_hour * 30))]);
        }
        let team_type = world.calendar(team()).availability().settings.meeting_types[0].clone();
        let requests: Vec<_> = hosts
            .iter()
            .map(|host| world.calendar(*host).availability().request(&team_type, None, the_day_before()))
            .collect();
        let range = Interval::between(at(0, 0), at(23, 59)).expect("a day");
        let known: Vec<_> = hosts.iter().map(|host| (*host, world.calendar(*host).availability().as_ref())).collect();
        let offered: Vec<Instant> =
            Collective(&requests).offered(range).iter().map(|slot| instant(slot.during.start())).collect();
        let every_ten_minutes = (0..143).map(|n| at(0, 0) + Duration::minutes(n * 10));
        let accepted: Vec<Instant> = every_ten_minutes
            .filter(|start| world.when(team(), &request(ADAS, "ada", *start)).0.is_ok())
            .collect();
        for start in (0..143).map(|n| at(0, 0) + Duration::minutes(n * 10)) {
            for explanation in explain_collective(&known, &team_type, start, the_day_before()).values() {
                prop_assert_eq!(explanation.available, accepted.contains(&start));
                prop_assert!(!explanation.available || !explanation.reasons.is_empty());
            }
        }
        prop_assert_eq!(accepted, offered.into_iter().filter(|start| start.timestamp() % 600 == 0).collect::<Vec<_>>());
    }
}
