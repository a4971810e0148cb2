use proptest::prelude::*;

use super::{Deed, Failure, Place, Step, explain, is_explained_by};

fn place(hour: i64, hours: i64, capacity: usize) -> Place {
    Place {
        during: (hour, hour + hours),
        offer: u32::try_from(hours).unwrap() * 10 + u32::try_from(capacity).unwrap(),
        capacity,
    }
}

fn at(invoked: u64, answered: u64, deed: Deed) -> Step {
    Step { invoked, answered: Some(answered), deed, op: invoked }
}

const NINE: i64 = 9;

#[test]
fn two_bookings_of_one_time_are_impossible() {
    let history = [at(1, 5, Deed::Book(1, place(NINE, 2, 1))), at(2, 6, Deed::Book(2, place(NINE + 1, 1, 1)))];
    let Err(failure) = explain(&history) else { panic!("a double booking was explained") };
    let Failure::Impossible { explained, stuck, standing } = *failure else { panic!("undecided") };
    assert_eq!((explained, stuck.len(), standing.len()), (1, 1, 1));
}

#[test]
fn a_time_is_free_again_once_its_booking_was_called_off() {
    let [first, cancelled] = [at(1, 2, Deed::Book(1, place(NINE, 1, 1))), at(3, 7, Deed::Cancel(1, Some(2)))];
    let second = |invoked, answered| at(invoked, answered, Deed::Book(2, place(NINE, 1, 1)));
    assert!(explain(&[first.clone(), cancelled.clone(), second(4, 5)]).is_ok(), "while it is being called off");
    assert!(explain(&[first.clone(), cancelled.clone(), second(8, 9)]).is_ok());
    assert!(explain(&[first, at(6, 7, Deed::Cancel(1, Some(2))), second(4, 5)]).is_err(), "before");
}

#[test]
fn a_refusal_needs_somebody_in_the_way() {
    let refused = |invoked, answered| at(invoked, answered, Deed::Blocked(None, place(NINE, 1, 1)));
    let booked = at(3, 4, Deed::Book(1, place(NINE, 2, 1)));
    assert!(explain(&[booked.clone(), refused(5, 6)]).is_ok());
    assert!(explain(&[booked, refused(1, 2)]).is_err());
}

#[test]
fn a_write_on_a_stale_version_is_impossible() {
    let history = |second| {
        [
            at(1, 2, Deed::Book(1, place(NINE, 1, 1))),
            at(3, 4, Deed::Move(1, place(NINE + 1, 1, 1), Some(2))),
            at(5, 6, Deed::Move(1, place(NINE + 2, 1, 1), Some(second))),
        ]
    };
    assert!(explain(&history(3)).is_ok());
    assert!(explain(&history(2)).is_err());
}

#[test]
fn a_session_is_shared_up_to_its_capacity() {
    let guest = |number| at(1, 9, Deed::Book(number, place(NINE, 1, 2)));
    assert!(explain(&[guest(1), guest(2)]).is_ok());
    assert!(explain(&[guest(1), guest(2), guest(3)]).is_err());
}

#[test]
fn what_is_in_doubt_may_explain_a_refusal_but_need_not_have_happened() {
    let doubt = Step { invoked: 1, answered: None, deed: Deed::Book(1, place(NINE, 1, 1)), op: 1 };
    let refused = at(2, 3, Deed::Blocked(None, place(NINE, 1, 1)));
    let booked = at(4, 5, Deed::Book(2, place(NINE, 1, 1)));
    assert!(explain(&[doubt.clone(), refused.clone()]).is_ok());
    assert!(explain(&[doubt.clone(), booked.clone()]).is_ok());
    assert!(explain(&[doubt, refused, booked]).is_err(), "both cannot be");
}

/// Tries every order of the steps.
fn explain_slowly(steps: &[Step]) -> bool {
    fn go(steps: &[Step], left: &[usize], standing: &[(u32, Place, u64)]) -> bool {
        if left.iter().all(|step| steps[*step].answered.is_none()) {
            return true;
        }
        for position in 0..left.len() {
            let step = &steps[left[position]];
            if left.iter().any(|other| steps[*other].answered.is_some_and(|answered| answered < step.invoked)) {
                continue;
            }
            let Some(after) = happen(step.deed, standing) else { continue };
            let mut rest = left.to_vec();
            rest.remove(position);
            if go(steps, &rest, &after) {
                return true;
            }
        }
        false
    }
    go(steps, &(0..steps.len()).collect::<Vec<_>>(), &[])
}

fn happen(deed: Deed, standing: &[(u32, Place, u64)]) -> Option<Vec<(u32, Place, u64)>> {
    let room = |place: Place, but: Option<u32>| {
        let others = standing.iter().filter(|(number, ..)| Some(*number) != but);
        let near: Vec<_> =
            others.filter(|(_, other, _)| other.during.0 < place.during.1 && place.during.0 < other.during.1).collect();
        near.len() < place.capacity
            && near.iter().all(|(_, other, _)| (other.offer, other.during) == (place.offer, place.during))
    };
    let found = |number| standing.iter().find(|(known, ..)| *known == number).copied();
    let without = |number| standing.iter().filter(|(known, ..)| *known != number).copied().collect::<Vec<_>>();
    match deed {
        Deed::Book(number, place) => (found(number).is_none() && room(place, None))
            .then(|| [standing.to_vec(), vec![(number, place, 1)]].concat()),
        Deed::Move(number, place, version) => {
            let (_, _, before) = found(number)?;
            let right = version.is_none_or(|version| version == before + 1) && room(place, Some(number));
            right.then(|| [without(number), vec![(number, place, before + 1)]].concat())
        }
        Deed::Cancel(number, version) => {
            let (_, _, before) = found(number)?;
            version.is_none_or(|version| version == before + 1).then(|| without(number))
        }
        Deed::Blocked(but, place) => (!room(place, but)).then(|| standing.to_vec()),
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    let places = (0_i64..4, 1_i64..3, 1_usize..3).prop_map(|(hour, hours, capacity)| place(hour, hours, capacity));
    let deeds =
        (0..4, 0_u32..3, places, proptest::option::of(2_u64..4)).prop_map(
            |(kind, booking, place, version)| match kind {
                0 => Deed::Book(booking, place),
                1 => Deed::Move(booking, place, version),
                2 => Deed::Cancel(booking, version),
                _ => Deed::Blocked((booking > 0).then_some(booking), place),
            },
        );
    (0_u64..12, 1_u64..8, proptest::bool::weighted(0.85), deeds).prop_map(|(invoked, lasts, answered, deed)| Step {
        invoked,
        answered: answered.then_some(invoked + lasts),
        deed,
        op: 0,
    })
}

/// Tries every order of some of the changes.
fn is_explained_by_any(steps: &[Step], changes: &mut Vec<usize>) -> bool {
    is_explained_by(steps, changes)
        || (0..steps.len()).any(|next| {
            let is_change = !matches!(steps[next].deed, Deed::Blocked(..)) && !changes.contains(&next);
            changes.push(next);
            let explained = is_change && is_explained_by_any(steps, changes);
            changes.pop();
            explained
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn an_order_of_the_changes_explains_what_some_order_of_all_steps_explains(
        steps in proptest::collection::vec(any_step(), 0..6)
    ) {
        prop_assert_eq!(is_explained_by_any(&steps, &mut Vec::new()), explain_slowly(&steps));
    }

    #[test]
    fn the_search_finds_what_trying_every_order_finds(steps in proptest::collection::vec(any_step(), 0..7)) {
        prop_assert_eq!(explain(&steps).is_ok(), explain_slowly(&steps));
    }
}
