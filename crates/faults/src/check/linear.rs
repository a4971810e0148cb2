//! Whether what guests were told of one calendar could have happened in some order, one thing after the other, each between
//! its request and its answer: linearizability (Herlihy and Wing, 1990), by search (Wing and Gong, 1993; Lowe, 2017).
//!
//! Two steps that share neither a booking nor a time commute. So where the search has to go on, it need only try the steps
//! that hang together with the one that is due next, the one answered first; all others can wait without loss. That keeps the
//! search short although outcomes in doubt stay possible for a long time, which a search over all orders would not survive.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{Hash as _, Hasher as _};

/// A part of an operation in one calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// When it was asked for.
    pub invoked: u64,
    /// When it was answered; none if it may have happened at any time since, or never.
    pub answered: Option<u64>,
    /// What happened.
    pub deed: Deed,
    /// Of which operation it is a part.
    pub op: u64,
}

/// From when until when, in seconds, the end not included.
pub(super) type Span = (i64, i64);

/// A number for a booking.
pub(super) type BookingNumber = u32;

/// The time that a booking takes, and with whom it may be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// From when until when.
    pub during: Span,
    /// The kind of meeting: guests of one kind at one time share a session.
    pub offer: u32,
    /// How many may.
    pub capacity: usize,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// A booking was made.
    Book(BookingNumber, Place),
    /// A booking moved, and thereby reached this version.
    Move(BookingNumber, Place, Option<u64>),
    /// A booking was called off, and thereby reached this version.
    Cancel(BookingNumber, Option<u64>),
    /// There was no room, at least for anybody but this booking.
    Blocked(Option<BookingNumber>, Place),
}

/// Why no order explains what guests were told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// There is none. These are the steps of which none can come next, at the furthest point that was reached.
    Impossible {
        /// How many steps could be explained.
        explained: usize,
        /// The steps, the one that is due first.
        stuck: Vec<Step>,
        /// The bookings that stand in the calendar there.
        standing: Vec<(BookingNumber, Place, u64)>,
    },
    /// It takes too long to say.
    Undecided,
}

/// Points of the search at most: a minute's work.
const MOST_POINTS: usize = 300_000;

/// Looks for an order that explains the steps.
pub(super) fn explain(steps: &[Step]) -> Result<(), Box<Failure>> {
    Search::of(steps).run().map_err(Box::new)
}

/// Whether the steps can be explained with their changes in this order, and nothing else changed. What was refused is put where
/// it fits.
pub(super) fn is_explained_by(steps: &[Step], changes: &[usize]) -> bool {
    let mut search = Search::of(steps);
    let mut changes = changes.iter();
    while let Some((due, _)) = search.by_answer.first().copied() {
        let next = match search.refusal_before(due) {
            Some(refusal) => refusal,
            None => match changes.next() {
                Some(change) if steps[*change].invoked <= due && search.may_happen(steps[*change].deed) => *change,
                _ => return false,
            },
        };
        search.happen(next);
    }
    true
}

type Standing = BTreeMap<BookingNumber, (Place, u64)>;

struct Search<'a> {
    steps: &'a [Step],
    /// Every time that a booking ever takes here.
    spans: BTreeMap<BookingNumber, BTreeSet<Span>>,
    /// Steps that are still to come, by request and, if they were answered, by answer.
    by_request: BTreeSet<(u64, usize)>,
    by_answer: BTreeSet<(u64, usize)>,
    standing: Standing,
    /// Points from which there is no way: what has happened, and what stands.
    dead_ends: HashSet<(u64, u64)>,
    /// Which steps have happened, as one number.
    happened: u64,
}

/// A choice: what can come next, and what is being tried.
struct Choice {
    options: Vec<usize>,
    tried: Option<(usize, Undo)>,
}

/// A booking, and what it was before a step.
type Undo = Option<(BookingNumber, Option<(Place, u64)>)>;

impl<'a> Search<'a> {
    fn of(steps: &'a [Step]) -> Self {
        let mut spans: BTreeMap<BookingNumber, BTreeSet<Span>> = BTreeMap::new();
        for step in steps {
            if let Deed::Book(booking, place) | Deed::Move(booking, place, _) = step.deed {
                spans.entry(booking).or_default().insert(place.during);
            }
        }
        let numbered = || steps.iter().enumerate();
        Self {
            steps,
            spans,
            by_request: numbered().map(|(index, step)| (step.invoked, index)).collect(),
            by_answer: numbered().filter_map(|(index, step)| Some((step.answered?, index))).collect(),
            standing: Standing::new(),
            dead_ends: HashSet::new(),
            happened: 0,
        }
    }

    fn run(mut self) -> Result<(), Failure> {
        let Some(options) = self.options() else { return Ok(()) };
        let mut choices = vec![Choice { options, tried: None }];
        let mut furthest = (self.by_answer.len(), self.stuck());
        for _ in 0..MOST_POINTS {
            let Some(choice) = choices.last_mut() else { return Err(furthest.1) };
            if let Some((step, undo)) = choice.tried.take() {
                self.undo(step, undo);
            }
            let Some(step) = choice.options.pop() else {
                choices.pop();
                continue;
            };
            choice.tried = Some((step, self.happen(step)));
            if !self.dead_ends.insert((self.happened, self.what_stands())) {
                continue;
            }
            let Some(options) = self.options() else { return Ok(()) };
            if options.is_empty() && self.by_answer.len() < furthest.0 {
                furthest = (self.by_answer.len(), self.stuck());
            }
            choices.push(Choice { options, tried: None });
        }
        Err(Failure::Undecided)
    }

    /// What may come next, the most promising last; none once everything that was answered is explained.
    fn options(&self) -> Option<Vec<usize>> {
        let due = self.by_answer.first()?.1;
        let mut options = self.hang_together_with(due);
        options.retain(|step| self.may_happen(self.steps[*step].deed));
        // What changes nothing can only come too late.
        if let Some(blocked) = options.iter().find(|step| matches!(self.steps[**step].deed, Deed::Blocked(..))) {
            return Some(vec![*blocked]);
        }
        options.sort_by_key(|step| std::cmp::Reverse(self.steps[*step].answered.unwrap_or(u64::MAX)));
        Some(options)
    }

    /// A refusal that holds now and was asked for before then. What changes nothing can only come too late.
    fn refusal_before(&self, until: u64) -> Option<usize> {
        let steps = self.by_request.range(..=(until, usize::MAX)).map(|(_, index)| *index);
        let mut refusals = steps.filter(|step| matches!(self.steps[*step].deed, Deed::Blocked(..)));
        refusals.find(|step| self.may_happen(self.steps[*step].deed))
    }

    /// The steps that may come before a step's answer and are bound to it by shared times or bookings, itself included.
    fn hang_together_with(&self, due: usize) -> Vec<usize> {
        let until = self.steps[due].answered.unwrap_or(u64::MAX);
        let mut others: Vec<usize> = self.by_request.range(..=(until, usize::MAX)).map(|(_, index)| *index).collect();
        others.retain(|other| *other != due);
        let mut found = vec![due];
        let mut looked_at = 0;
        while let Some(one) = found.get(looked_at).copied() {
            let (bound, rest) = others.into_iter().partition(|other| self.are_bound(one, *other));
            others = rest;
            found.extend::<Vec<usize>>(bound);
            looked_at += 1;
        }
        found
    }

    fn are_bound(&self, one: usize, other: usize) -> bool {
        let (one, other) = (self.steps[one].deed, self.steps[other].deed);
        let same = one.booking().is_some_and(|booking| other.booking() == Some(booking));
        same || self.spans_of(one).any(|one| self.spans_of(other).any(|other| overlap(one, other)))
    }

    fn spans_of(&self, deed: Deed) -> impl Iterator<Item = Span> {
        let own = match deed {
            Deed::Book(_, place) | Deed::Move(_, place, _) | Deed::Blocked(_, place) => Some(place.during),
            Deed::Cancel(..) => None,
        };
        let of_booking = deed.booking().and_then(|booking| self.spans.get(&booking));
        own.into_iter().chain(of_booking.into_iter().flatten().copied())
    }

    fn may_happen(&self, deed: Deed) -> bool {
        let follows = |booking, version: Option<u64>| {
            let standing = self.standing.get(&booking);
            standing.is_some_and(|(_, before)| version.is_none_or(|version| version == before + 1))
        };
        match deed {
            Deed::Book(booking, place) => !self.standing.contains_key(&booking) && self.has_room(place, None),
            Deed::Move(booking, place, version) => follows(booking, version) && self.has_room(place, Some(booking)),
            Deed::Cancel(booking, version) => follows(booking, version),
            Deed::Blocked(but, place) => !self.has_room(place, but),
        }
    }

    fn has_room(&self, place: Place, but: Option<BookingNumber>) -> bool {
        let others = self.standing.iter().filter(|(booking, _)| Some(**booking) != but);
        let in_the_way = others.filter(|(_, (other, _))| overlap(place.during, other.during));
        let mut sharing = 0;
        for (_, (other, _)) in in_the_way {
            if other.offer != place.offer || other.during != place.during {
                return false;
            }
            sharing += 1;
        }
        sharing < place.capacity
    }

    fn happen(&mut self, index: usize) -> Undo {
        let step = &self.steps[index];
        self.by_request.remove(&(step.invoked, index));
        if let Some(answered) = step.answered {
            self.by_answer.remove(&(answered, index));
        }
        self.happened ^= number_of(index);
        let booking = match step.deed {
            Deed::Book(booking, _) | Deed::Move(booking, ..) | Deed::Cancel(booking, _) => booking,
            Deed::Blocked(..) => return None,
        };
        let before = self.standing.remove(&booking);
        let version = before.map_or(1, |(_, version)| version + 1);
        if let Deed::Book(_, place) | Deed::Move(_, place, _) = step.deed {
            self.standing.insert(booking, (place, version));
        }
        Some((booking, before))
    }

    fn undo(&mut self, index: usize, undo: Undo) {
        let step = &self.steps[index];
        self.by_request.insert((step.invoked, index));
        if let Some(answered) = step.answered {
            self.by_answer.insert((answered, index));
        }
        self.happened ^= number_of(index);
        if let Some((booking, before)) = undo {
            match before {
                Some(before) => self.standing.insert(booking, before),
                None => self.standing.remove(&booking),
            };
        }
    }

    fn what_stands(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.standing.hash(&mut hasher);
        hasher.finish()
    }

    fn stuck(&self) -> Failure {
        let stuck = self.by_answer.first().map(|(_, due)| self.hang_together_with(*due)).unwrap_or_default();
        Failure::Impossible {
            explained: self.steps.len() - self.by_request.len(),
            stuck: stuck.into_iter().map(|index| self.steps[index].clone()).collect(),
            standing: self.standing.iter().map(|(booking, (place, version))| (*booking, *place, *version)).collect(),
        }
    }
}

impl Deed {
    const fn booking(self) -> Option<BookingNumber> {
        match self {
            Self::Book(booking, _) | Self::Move(booking, ..) | Self::Cancel(booking, _) => Some(booking),
            Self::Blocked(but, _) => but,
        }
    }
}

const fn overlap(one: Span, other: Span) -> bool {
    one.0 < other.1 && other.0 < one.1
}

/// A number of its own for each step: the exclusive or of several tells sets of steps apart.
fn number_of(index: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    index.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
#[path = "linear_tests.rs"]
mod tests;
