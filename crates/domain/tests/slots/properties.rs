//! The engine against the oracle, and against itself.

use daybook_domain::slots::{Collective, NotBookable, NotOffered, Obstacle, Slot, round_robin};
use daybook_domain::time::{Interval, instant};
use proptest::prelude::*;

use super::oracle::{Oracle, Verdict};
use super::world::{World, at, worlds};

/// So many random worlds, or as many as `PROPTEST_CASES` asks for.
pub(crate) fn cases(number: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { number };
    ProptestConfig { cases, max_shrink_iters: 2_000, ..asked }
}

fn verdict(slot: &Slot) -> (i64, Verdict) {
    let (end, seats_left, session) = (slot.during.end() / 60, slot.seats_left, slot.session);
    (slot.during.start() / 60, Verdict::Bookable { end, seats_left, session })
}

fn verdicts(slots: &[Slot]) -> Vec<(i64, Verdict)> {
    slots.iter().map(verdict).collect()
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn the_engine_offers_what_the_oracle_offers(world in worlds(1..=1, 3_000)) {
        let hosts = world.requests();
        let oracle = Oracle::of(&hosts, world.from, world.to);
        prop_assert_eq!(verdicts(&hosts[0].offered(world.range())), oracle.offered(world.from, world.to));
    }

    #[test]
    fn hosts_who_meet_together_offer_what_the_oracle_offers(world in worlds(2..=3, 1_500)) {
        let hosts = world.requests();
        let oracle = Oracle::of(&hosts, world.from, world.to);
        prop_assert_eq!(verdicts(&Collective(&hosts).offered(world.range())), oracle.offered(world.from, world.to));
    }

    #[test]
    fn a_round_robin_offers_whoever_is_free(world in worlds(1..=3, 3_000)) {
        let hosts = world.requests();
        let choices = round_robin(&hosts, world.range());
        for (place, host) in hosts.iter().enumerate() {
            let free = choices.values().flatten().filter(|(free, _)| *free == place).map(|(_, slot)| *slot);
            prop_assert_eq!(free.collect::<Vec<_>>(), host.offered(world.range()));
        }
        prop_assert!(choices.iter().all(|(start, free)| free.iter().all(|(_, slot)| slot.during.start() == *start)));
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_start_is_judged_bookable_exactly_if_it_is_offered(world in worlds(1..=2, 240)) {
        let hosts = world.requests();
        let oracle = Oracle::of(&hosts, world.from, world.to);
        let hosts = Collective(&hosts);
        let offered = hosts.offered(world.range());
        let mut judged = Vec::new();
        for minute in world.from..world.to {
            let verdict = match hosts.judge(at(minute)) {
                Ok(slot) => {
                    judged.push(slot);
                    continue;
                }
                Err(NotBookable::NotOffered(_)) => Verdict::NotOffered,
                Err(NotBookable::LimitReached) => Verdict::LimitReached,
                Err(NotBookable::Taken) => Verdict::Taken,
            };
            prop_assert_eq!(verdict, oracle.judge(minute), "at {}", at(minute));
        }
        prop_assert_eq!(judged, offered);
    }

    #[test]
    fn nothing_stands_against_a_start_exactly_if_it_is_bookable(world in worlds(1..=1, 240)) {
        let hosts = world.requests();
        for minute in world.from..world.to {
            let obstacles = hosts[0].obstacles(at(minute));
            match hosts[0].judge(at(minute)) {
                Ok(_) => prop_assert_eq!(obstacles, [], "at {}", at(minute)),
                Err(NotBookable::NotOffered(why)) => {
                    let buffers = why == NotOffered::OutsideHours && obstacles.contains(&Obstacle::BuffersOutsideHours);
                    prop_assert!(buffers || obstacles.contains(&Obstacle::NotOffered(why)), "{:?} at {}", why, at(minute));
                }
                Err(why) => {
                    prop_assert!(!obstacles.is_empty(), "{} at {}", why, at(minute));
                    let offered = !obstacles.iter().any(|o| matches!(o, Obstacle::NotOffered(_)));
                    prop_assert!(offered, "{:?} at {}", obstacles, at(minute));
                }
            }
        }
    }

    #[test]
    fn a_range_that_is_split_gives_the_same_slots(world in worlds(1..=2, 6_000), part in 0.0..1.0) {
        let hosts = world.requests();
        let hosts = Collective(&hosts);
        let range = world.range();
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any second will do")]
        let middle = range.start() + (range.seconds() as f64 * part) as i64;
        let half = |from, to| Interval::new(from, to).map(|half| hosts.offered(half)).unwrap_or_default();
        let halves = [half(range.start(), middle), half(middle, range.end())].concat();
        prop_assert_eq!(halves, hosts.offered(range));
    }

    #[test]
    fn nothing_changes_before_it_is_said_to(world in worlds(1..=2, 6_000), part in 0.0..1.0) {
        let asked = |now| {
            let world = World { now, ..world.clone() };
            let hosts = world.requests();
            (Collective(&hosts).offered(world.range()), Collective(&hosts).changes_at(world.range()))
        };
        let (offered, changes_at) = asked(world.now);
        let until = changes_at.unwrap_or(world.now + chrono::Duration::days(400)) - chrono::Duration::nanoseconds(1);
        prop_assert!(world.now <= until, "changes at {changes_at:?}, which is not after {}", world.now);
        let between = world.now + (until - world.now) / 1_000 * permille(part);
        prop_assert_eq!(&asked(between).0, &offered);
        prop_assert_eq!(&asked(until).0, &offered);
    }

    #[test]
    fn the_nearest_slots_are_those_that_sorting_all_of_them_gives(
        world in worlds(1..=1, 1), away in -2 * 1_440..2 * 1_440_i64, count in 0..8_usize
    ) {
        let hosts = world.requests();
        let start = instant((world.from + away) * 60);
        // No booking window of a world reaches further, so this is all there is.
        let around = Interval::new(start.timestamp() - 62 * 86_400, start.timestamp() + 62 * 86_400).expect("not empty");
        let mut slots = hosts[0].offered(around);
        slots.sort_by_key(|slot| ((slot.during.start() - start.timestamp()).abs(), slot.during.start()));
        slots.truncate(count);
        prop_assert_eq!(hosts[0].nearest(start, count), slots);
    }
}

fn permille(part: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "0 to 999")]
    let permille = (part * 1_000.0) as i32;
    permille
}
