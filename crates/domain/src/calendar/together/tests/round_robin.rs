//! One guest, and whoever's turn it is (B2).

use chrono::Duration;
use uuid::Uuid;

use crate::calendar::command::CalendarCommand as Command;
use crate::calendar::event::{AssignmentWithdrawn, BookingConfirmed, CalendarEvent, HostAssigned, Party};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::world::*;
use crate::calendar::scenario::*;
use crate::ids::{BookingId, HostId};
use crate::meeting_type::{MeetingType, Policies, Strategy};
use crate::slots::NotOffered;
use crate::team::Member;
use crate::time::{Instant, instant};

fn three(strategy: Strategy) -> World {
    World::with_team(&roster(&[ANN, BEN, CAT]), &in_turn(strategy))
}

fn assigned(booking_id: BookingId, host_id: HostId, start: Instant) -> CalendarEvent {
    HostAssigned { booking_id, meeting_type_id: INTRO, host_id, start, assigned_at: the_day_before() }.into()
}

fn withdrawn(host_id: HostId, withdrawn_at: Instant) -> CalendarEvent {
    AssignmentWithdrawn { booking_id: ADAS, meeting_type_id: INTRO, host_id, withdrawn_at }.into()
}

fn of_the_team(booking: BookingId, who: &str, start: Instant) -> CalendarEvent {
    requested_with(booking, who, start, |e| e.team_id = Some(TEAM))
}

/// Ada's booking, which Ann was assigned.
fn booked() -> World {
    three(Strategy::MaximizeAvailability)
        .given(ANN, [of_the_team(ADAS, "ada", at(9, 0)), confirmed(ADAS)])
        .given(team(), [assigned(ADAS, ANN, at(9, 0))])
}

/// Whom each of these requests goes to, a minute apart.
fn turns(world: &mut World, starts: impl IntoIterator<Item = Instant>) -> Vec<HostId> {
    let known = world.calendar(team()).version();
    let turn = |(number, start): (u32, Instant)| {
        let id = BookingId(Uuid::from_u128(1_000 * u128::from(known) + u128::from(number)));
        let now = the_day_before() + Duration::minutes(i64::from(number));
        let effects = world.carry_out(team(), &request(id, &format!("guest{number}"), start), now);
        let host = effects.into_keys().find(|host| *host != team());
        host.expect("somebody's turn")
    };
    (0_u32..).zip(starts).map(turn).collect()
}

fn slots() -> impl Iterator<Item = Instant> {
    (0..16).map(|n| at(9, 0) + Duration::minutes(30 * n))
}

#[test]
fn a_booking_stands_in_one_members_calendar_and_its_assignment_in_the_teams() {
    three(Strategy::MaximizeAvailability).when(team(), &request(ADAS, "ada", at(9, 0))).then([
        (team(), vec![assigned(ADAS, ANN, at(9, 0))]),
        (ANN, vec![of_the_team(ADAS, "ada", at(9, 0)), confirmed(ADAS)]),
    ]);
    booked().when(team(), &request(BOBS, "ada", at(9, 0))).then_refused(&Refusal::AlreadyBooked(ADAS));
}

#[test]
fn whoever_was_assigned_least_recently_comes_first() {
    let mut world = three(Strategy::MaximizeAvailability);
    assert_eq!(turns(&mut world, slots().take(5)), [ANN, BEN, CAT, ANN, BEN]);
    // The time at nine is taken with two of them already.
    let mut world = three(Strategy::MaximizeAvailability);
    assert_eq!(turns(&mut world, [at(9, 0), at(9, 0), at(9, 30), at(9, 0)]), [ANN, BEN, CAT, CAT]);
}

#[test]
fn whoever_has_priority_comes_first_as_long_as_they_are_free() {
    let members =
        [Member::new(ANN), Member { priority: 9, ..Member::new(BEN) }, Member { priority: 9, ..Member::new(CAT) }];
    let mut world = World::with_team(&members, &in_turn(Strategy::Priority));
    assert_eq!(turns(&mut world, [at(9, 0), at(9, 0), at(9, 0), at(9, 30)]), [BEN, CAT, ANN, BEN]);
}

#[test]
fn a_time_is_refused_when_nobody_is_free_by_whoever_came_closest() {
    let mut world = three(Strategy::MaximizeAvailability);
    turns(&mut world, [at(9, 0); 3]);
    let refusal = world.when(team(), &request(ADAS, "ada", at(9, 0))).refusal();
    let Refusal::SlotUnavailable(free) = refusal else { panic!("{refusal:?}") };
    let free: Vec<_> = free.iter().map(|slot| instant(slot.during.start())).collect();
    assert_eq!(free, [at(9, 30), at(10, 0), at(10, 30), at(11, 0), at(11, 30)]);
    let early = Refusal::InvalidTimeSlot(NotOffered::OutsideHours);
    world.when(team(), &request(ADAS, "ada", at(8, 0))).then_refused(&early);
}

#[test]
fn nobody_who_rests_is_assigned_anything() {
    let members = [Member { is_active: false, ..Member::new(ANN) }, Member::new(BEN)];
    for strategy in [Strategy::MaximizeAvailability, Strategy::EqualDistribution, Strategy::Priority] {
        let mut world = World::with_team(&members, &in_turn(strategy));
        assert_eq!(turns(&mut world, slots().take(2)), [BEN, BEN]);
    }
    let world = World::with_team(&members[..1], &in_turn(Strategy::Priority));
    world.when(team(), &request(ADAS, "ada", at(9, 0))).then_refused(&Refusal::NoActiveMember);
}

#[test]
fn what_is_given_up_is_withdrawn_in_the_same_breath() {
    let off = cancelled(ADAS, Party::Guest);
    booked().when(ANN, &cancel(ADAS)).then([(ANN, vec![off]), (team(), vec![withdrawn(ANN, the_day_before())])]);
    let mut alone = booked();
    alone.0.remove(&team());
    alone.when(ANN, &cancel(ADAS)).then_refused(&needs([team()]));
    assert_eq!(booked().calendar(ANN).decide(&cancel(ADAS), the_day_before()), Err(needs([team()])));

    let mut world = booked();
    world.carry_out(ANN, &cancel(ADAS), the_day_before());
    assert_eq!(turns(&mut world, [at(9, 0)]), [ANN], "as if it had never been hers");
}

#[test]
fn it_keeps_its_host_when_it_moves_and_needs_nobody_else_for_that() {
    let moved = rescheduled(ADAS, at(9, 0), at(10, 0), Party::Guest);
    booked().when(ANN, &reschedule(ADAS, at(10, 0))).then([(ANN, vec![moved.clone()])]);
    assert_eq!(booked().calendar(ANN).decide(&reschedule(ADAS, at(10, 0)), the_day_before()), Ok(vec![moved]));
}

#[test]
fn a_hold_is_answered_by_its_host_and_counts_only_if_it_is_kept() {
    let policies = Policies { requires_confirmation: true, hold_minutes: 60, ..Policies::default() };
    let on_approval = MeetingType { policies, ..in_turn(Strategy::MaximizeAvailability) };
    let mut world = World::with_team(&roster(&[ANN, BEN]), &on_approval);
    world.carry_out(team(), &request(ADAS, "ada", at(9, 0)), the_day_before());
    let yes = BookingConfirmed { booking_id: ADAS, confirmed_at: the_day_before() };
    let confirm = Command::ConfirmBooking { booking_id: ADAS, seen: None };
    world.when(ANN, &confirm).then([(ANN, vec![yes.into()])]);
    let decline = Command::DeclineBooking { booking_id: ADAS, by: Party::Host, reason: None, seen: None };
    let declined = world.when(ANN, &decline).0.expect("declined");
    assert_eq!(declined[&team()], [withdrawn(ANN, the_day_before())]);
    let until = the_day_before() + Duration::hours(1);
    let expired = world.carry_out(ANN, &Command::ExpireBooking { booking_id: ADAS }, until);
    assert_eq!(expired[&team()], [withdrawn(ANN, until)]);
    world.when(BEN, &confirm).then_refused(&Refusal::BookingNotFound);
}

#[test]
fn a_member_who_leaves_keeps_the_booking_and_can_still_give_it_up() {
    let mut world = booked();
    world.carry_out(team(), &Command::ChangeTeamMembers { members: roster(&[BEN, CAT]) }, the_day_before());
    assert!(world.calendar(ANN).booking(ADAS).expect("kept").status.is_active());
    world.when(ANN, &reschedule(ADAS, at(10, 0))).then_refused(&Refusal::MeetingTypeInactive);
    let effects = world.carry_out(ANN, &cancel(ADAS), the_day_before());
    assert_eq!(effects[&team()], [withdrawn(ANN, the_day_before())]);
    world.carry_out(team(), &Command::DisbandTeam, the_day_before());
}

#[test]
fn a_guest_asks_the_member_s_calendar_and_is_booked_through_the_team() {
    let effects = booked().when(BEN, &request(BOBS, "bob", at(9, 0))).0.expect("booked");
    assert_eq!(effects.into_keys().collect::<Vec<_>>(), [BEN, team()]);
    let alone = booked().calendar(BEN).decide(&request(BOBS, "bob", at(9, 0)), the_day_before());
    assert_eq!(alone, Err(needs([team()])));
}
