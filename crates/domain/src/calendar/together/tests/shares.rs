//! Everybody gets their share (B2).

use chrono::Duration;
use proptest::prelude::*;
use uuid::Uuid;

use crate::calendar::HostCalendar;
use crate::calendar::command::CalendarCommand as Command;
use crate::calendar::event::{AssignmentWithdrawn, HostAssigned, Party};
use crate::calendar::scenario::world::*;
use crate::calendar::scenario::*;
use crate::ids::{BookingId, HostId};
use crate::meeting_type::{BookingWindow, MeetingType, Strategy, Terms};
use crate::schedule::{DayOfWeek, LocalTime, WeeklyRule};
use crate::team::{Fairness, Member};
use crate::time::Instant;

const WEIGHTS: [u16; 5] = [3, 2, 2, 1, 1];

fn five() -> Vec<Member> {
    let member = |(number, weight)| Member { weight, ..Member::new(HostId(Uuid::from_u128(number))) };
    (0x10..).zip(WEIGHTS).map(member).collect()
}

fn equal() -> MeetingType {
    let far = BookingWindow::RollingDays { days: 730 };
    let terms = Terms { booking_window: far, ..Terms::one_on_one(30) };
    MeetingType { terms, ..in_turn(Strategy::EqualDistribution) }
}

/// Members who can be met around the clock.
fn always(members: &[Member]) -> World {
    let mut world = World::with_team(members, &equal());
    let rule = |day| WeeklyRule {
        day_of_week: DayOfWeek::from_number(day).expect("a day"),
        start_time: LocalTime::from_minutes(0).expect("midnight"),
        end_time: LocalTime::MIDNIGHT_END,
        is_active: true,
    };
    let rules: Vec<_> = (0..7).map(rule).collect();
    for member in members {
        let replaced = crate::calendar::event::WeeklyRulesReplaced { schedule_id: SCHEDULE, rules: rules.clone() };
        world.happens(member.host_id, [replaced.into()]);
    }
    world
}

fn ask(number: u32, start: Instant) -> Command {
    request(BookingId(Uuid::from_u128(0x1_0000 + u128::from(number))), &format!("guest{number}"), start)
}

fn fairness(world: &World) -> Vec<Fairness> {
    world.calendar(team()).fairness(INTRO)
}

/// Books and says who was assigned it.
fn book(world: &mut World, number: u32, start: Instant) -> HostId {
    let now = the_day_before() + Duration::seconds(i64::from(number));
    let effects = world.carry_out(team(), &ask(number, start), now);
    effects.into_keys().find(|host| *host != team()).expect("somebody's turn")
}

#[test]
fn of_a_thousand_bookings_everybody_has_their_share_within_one_at_every_moment() {
    let mut world = always(&five());
    for number in 0..1_000 {
        book(&mut world, number, at(0, 0) + Duration::minutes(30 * i64::from(number)));
        let total = f64::from(number + 1);
        for (fair, weight) in fairness(&world).iter().zip(WEIGHTS) {
            let ideal = total * f64::from(weight) / 9.0;
            assert!((f64::from(fair.assigned) - ideal).abs() <= 1.0, "{fair:?} after {total}");
            assert!((fair.ideal - ideal).abs() < 1e-6, "{fair:?} after {total}");
        }
    }
    let assigned: Vec<_> = fairness(&world).iter().map(|fair| fair.assigned).collect();
    assert_eq!(assigned.iter().sum::<u32>(), 1_000);
}

#[test]
fn who_joins_later_starts_level_with_the_others() {
    let mut world = always(&roster(&[ANN, BEN])).given(CAT, [opened()]);
    for number in 0..20 {
        book(&mut world, number, at(9, 0) + Duration::days(i64::from(number) * 7));
    }
    world.carry_out(team(), &Command::ChangeTeamMembers { members: roster(&[ANN, BEN, CAT]) }, the_day_before());
    let next: Vec<_> = (20..26).map(|n| book(&mut world, n, at(9, 0) + Duration::days(i64::from(n) * 7))).collect();
    assert_eq!(next, [ANN, BEN, CAT, ANN, BEN, CAT]);
    let fair = fairness(&world);
    assert_eq!(fair.iter().map(|fair| fair.assigned).collect::<Vec<_>>(), [12, 12, 2]);
    assert!(fair.iter().all(|fair| (fair.ideal - f64::from(fair.assigned)).abs() < 1e-6), "{fair:?}");
}

#[test]
fn another_weight_counts_from_now_on() {
    let mut world = always(&roster(&[ANN, BEN]));
    for number in 0..10 {
        book(&mut world, number, at(9, 0) + Duration::days(i64::from(number)));
    }
    let heavier = vec![Member { weight: 3, ..Member::new(ANN) }, Member::new(BEN)];
    world.carry_out(team(), &Command::ChangeTeamMembers { members: heavier }, the_day_before());
    let next: Vec<_> = (10..18).map(|n| book(&mut world, n, at(9, 0) + Duration::days(i64::from(n)))).collect();
    assert_eq!(next.iter().filter(|host| **host == ANN).count(), 6, "{next:?}");
    assert_eq!(next[..4].iter().filter(|host| **host == ANN).count(), 3, "{next:?}");
}

#[test]
fn who_rests_catches_nothing_up() {
    let mut world = always(&roster(&[ANN, BEN]));
    let set = |world: &mut World, is_active| {
        let members = vec![Member { is_active, ..Member::new(ANN) }, Member::new(BEN)];
        world.carry_out(team(), &Command::ChangeTeamMembers { members }, the_day_before());
    };
    let day = |number: u32| at(9, 0) + Duration::days(i64::from(number));
    set(&mut world, false);
    (0..10).for_each(|n| assert_eq!(book(&mut world, n, day(n)), BEN));
    assert!((fairness(&world)[0].ideal).abs() < 1e-6);
    set(&mut world, true);
    let next: Vec<_> = (10..14).map(|n| book(&mut world, n, day(n))).collect();
    assert_eq!(next, [ANN, BEN, ANN, BEN]);
}

#[test]
fn what_is_withdrawn_counts_in_nobodys_share() {
    let mut world = always(&roster(&[ANN, BEN]));
    let cancel = |number: u32| Command::CancelBooking {
        booking_id: BookingId(Uuid::from_u128(0x1_0000 + u128::from(number))),
        by: Party::Host,
        reason: None,
        seen: None,
    };
    let day = |number: u32| at(9, 0) + Duration::days(i64::from(number));
    for number in 0..6 {
        assert_eq!(book(&mut world, number, day(number)), ANN);
        assert_eq!(fairness(&world)[0].assigned, 1);
        world.carry_out(ANN, &cancel(number), the_day_before());
    }
    let fair = fairness(&world);
    assert_eq!((fair[0].assigned, fair[0].last_assigned), (0, None));
    assert!(fair.iter().all(|fair| fair.ideal.abs() < 1e-6), "{fair:?}");
}

#[test]
fn assignments_are_remembered_as_long_as_bookings_and_still_tell_who_was_last() {
    let assign = |team: &mut HostCalendar, number: u128, host_id, day: i64| {
        let at = at(9, 0) + Duration::days(day);
        let booking_id = BookingId(Uuid::from_u128(number));
        let e = HostAssigned { booking_id, meeting_type_id: INTRO, host_id, start: at, assigned_at: at };
        team.evolve(&e.into());
    };
    let world = always(&roster(&[ANN, BEN]));
    let mut calendar = world.calendar(team()).clone();
    assign(&mut calendar, 1, ANN, 0);
    assign(&mut calendar, 2, BEN, 40);
    let size = serde_json::to_string(&calendar).expect("JSON").len();
    for number in 3..50_u8 {
        assign(&mut calendar, number.into(), BEN, 40 + 40 * i64::from(number));
    }
    let last: Vec<_> = calendar.fairness(INTRO).iter().map(|fair| fair.last_assigned).collect();
    assert_eq!(last, [Some(at(9, 0)), Some(at(9, 0) + Duration::days(40 + 40 * 49))]);
    assert!(serde_json::to_string(&calendar).expect("JSON").len() < size + 200);
    let e = AssignmentWithdrawn {
        booking_id: BookingId(Uuid::from_u128(1)),
        meeting_type_id: INTRO,
        host_id: ANN,
        withdrawn_at: at(9, 0),
    };
    calendar.evolve(&e.into());
    assert_eq!(calendar.fairness(INTRO)[0].assigned, 0, "a late withdrawal still counts");
    let back: HostCalendar =
        serde_json::from_str(&serde_json::to_string(&calendar).expect("JSON")).expect("a calendar");
    assert_eq!(back, calendar);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_assigned_what_they_cannot_take(
        busy in proptest::collection::vec((0..5_usize, 0..96_i64), 0..150),
        asked in proptest::collection::vec((0..96_i64, any::<bool>()), 1..60),
        strategy in proptest::sample::select(vec![
            Strategy::MaximizeAvailability, Strategy::EqualDistribution, Strategy::Priority,
        ]),
    ) {
        let members = five();
        let mut world = World::with_team(&members, &MeetingType { strategy: Some(strategy), ..equal() });
        let half_hour = |n: i64| at(0, 0) + Duration::minutes(30 * n);
        for (number, (host, when)) in (0_u128..).zip(busy) {
            let e = requested(BookingId(Uuid::from_u128(0x9_0000 + number)), "bob", half_hour(when));
            world.happens(members[host].host_id, [e]);
        }
        for (number, (when, kept)) in (0_u32..).zip(asked) {
            let start = half_hour(when);
            let team_type = world.calendar(team()).availability().settings.meeting_types[0].clone();
            let free: Vec<_> = members
                .iter()
                .map(|member| member.host_id)
                .filter(|host| {
                    let availability = world.calendar(*host).availability();
                    availability.judge(&team_type, start, None, the_day_before()).is_ok()
                })
                .collect();
            match world.asked(team(), &ask(number, start), the_day_before()) {
                Err(_) => prop_assert!(free.is_empty()),
                Ok(effects) => {
                    let host = *effects.keys().find(|host| **host != team()).expect("somebody's turn");
                    prop_assert!(free.contains(&host));
                    for (host, events) in effects {
                        world.happens(host, events);
                    }
                    if !kept {
                        let booking_id = BookingId(Uuid::from_u128(0x1_0000 + u128::from(number)));
                        let off = Command::CancelBooking { booking_id, by: Party::Host, reason: None, seen: None };
                        world.carry_out(host, &off, the_day_before());
                    }
                }
            }
        }
        // Counted anew from the members' calendars, the shares are the same.
        for fair in fairness(&world) {
            let calendar = world.calendar(fair.member.host_id);
            let mine = calendar.bookings().filter(|b| b.team == Some(TEAM) && b.status.is_active()).count();
            prop_assert_eq!(fair.assigned as usize, mine);
        }
    }
}
