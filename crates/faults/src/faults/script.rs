//! Which faults come in which order: the seed decides.

use rand::rngs::SmallRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};

use super::{By, Failpoint, Far, Hit, Kind, Part};
use crate::stage::NODES;

/// Deals faults, for ever. Every sort that is dealt comes before any comes again.
#[derive(Debug)]
pub(crate) struct Script {
    random: SmallRng,
    kinds: Vec<Kind>,
    with_namespaces: bool,
    deck: Vec<Hit>,
}

impl Script {
    pub(crate) fn new(seed: u64, kinds: &[Kind], with_namespaces: bool) -> Self {
        Self { random: SmallRng::seed_from_u64(seed), kinds: kinds.to_vec(), with_namespaces, deck: Vec::new() }
    }

    /// What happens next, all at once: one fault, two in half of the cases, or everything.
    pub(crate) fn next(&mut self) -> Vec<Hit> {
        let mut hits = vec![self.card()];
        if self.random.random_bool(0.7) {
            let second = self.card();
            if hits[0].collides_with(second) {
                // Another time.
                self.deck.push(second);
            } else {
                hits.push(second);
            }
        }
        if hits == [Hit::Kill(Part::Node(0))] && self.random.random_bool(0.3) {
            hits.extend([Part::Node(1), Part::Postgres, Part::Nats].map(Hit::Kill));
        }
        hits
    }

    fn card(&mut self) -> Hit {
        loop {
            if let Some(card) = self.deck.pop() {
                return card;
            }
            self.deck = self.shuffled();
        }
    }

    fn shuffled(&mut self) -> Vec<Hit> {
        let mut deck: Vec<Hit> = (0..2).flat_map(|_| self.sorts()).collect();
        deck.retain(|hit| self.kinds.contains(&hit.kind()));
        deck.shuffle(&mut self.random);
        // One of each kind first, so that a short run has them all; what is dealt next stands last.
        for kind in &self.kinds {
            if let Some(first) = deck.iter().position(|hit| hit.kind() == *kind) {
                let hit = deck.remove(first);
                deck.push(hit);
            }
        }
        deck
    }

    /// One fault of each sort.
    fn sorts(&mut self) -> Vec<Hit> {
        let random = &mut self.random;
        let far = |random: &mut SmallRng| *[Far::Postgres, Far::Nats, Far::Servers].choose(random).expect("not empty");
        let mut node = || random.random_range(0..NODES);
        let mut hits = vec![
            Hit::Kill(Part::Node(0)),
            Hit::Kill(Part::Node(1)),
            Hit::Kill(Part::Postgres),
            Hit::Kill(Part::Nats),
            Hit::Kill(Part::Postgres),
            Hit::Kill(Part::Nats),
            Hit::Restart(node()),
            Hit::Stop(Part::Node(node())),
            Hit::Stop(Part::Postgres),
            Hit::Stop(Part::Nats),
            Hit::Cut(node(), Far::Postgres, By::Proxy),
            Hit::Cut(node(), Far::Nats, By::Proxy),
            Hit::Cut(node(), Far::Servers, By::Proxy),
        ];
        let mut with_node = |hit: fn(usize, Far) -> Hit| hit(random.random_range(0..NODES), far(random));
        hits.extend([
            with_node(|node, far| Hit::Cut(node, far, By::DeafProxy)),
            with_node(|node, far| Hit::Slow(node, far, 10)),
            with_node(|node, far| Hit::Slow(node, far, 100)),
            with_node(|node, far| Hit::Narrow(node, far, 20_000)),
            with_node(Hit::Break),
            with_node(Hit::Lose),
        ]);
        if self.with_namespaces {
            for far in [Far::Postgres, Far::Nats, Far::Servers, Far::Guests, Far::All] {
                hits.push(Hit::Cut(random.random_range(0..NODES), far, By::Namespace));
            }
        }
        hits.extend(Failpoint::ALL.map(|point| Hit::Fail(random.random_range(0..NODES), point)));
        hits
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_seed_gives_the_same_faults_again_and_another_seed_others() {
        let rounds = |seed| {
            let mut script = Script::new(seed, &Kind::ALL, true);
            (0..50).map(|_| script.next()).collect::<Vec<_>>()
        };
        assert_eq!(rounds(7), rounds(7));
        assert_ne!(rounds(7), rounds(8));
    }

    #[test]
    fn every_kind_comes_and_no_two_faults_of_a_round_collide() {
        let mut script = Script::new(1, &Kind::ALL, true);
        let mut kinds = BTreeSet::new();
        for _ in 0..60 {
            let hits = script.next();
            for (index, one) in hits.iter().enumerate() {
                kinds.insert(one.kind());
                assert!(hits[index + 1..].iter().all(|other| !one.collides_with(*other)), "{hits:?}");
            }
        }
        assert_eq!(kinds, Kind::ALL.into());
    }

    #[test]
    fn only_the_kinds_that_were_asked_for_come() {
        let mut script = Script::new(1, &[Kind::Stop], false);
        assert!((0..20).flat_map(|_| script.next()).all(|hit| hit.kind() == Kind::Stop));
    }
}
