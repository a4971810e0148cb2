//! What this node remembers of calendars and of answers about them (V8).
//!
//! An answer may be served while nothing has happened to its calendar and its own time has not run out. The first is known
//! from `heard`: the highest version that this node has appended itself or heard announced. So an entry that was computed
//! from an older version can lie around without harm; it is never served. Each answer holds on to its calendar's own counter,
//! so that serving it takes one look-up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use daybook_domain::availability::Availability;
use daybook_domain::ids::{HostId, MeetingTypeId};
use daybook_domain::time::Instant;
use moka::ops::compute::Op;
use moka::sync::Cache;

/// How long anything is believed without news (V8).
pub const TIME_TO_LIVE: Duration = Duration::from_mins(5);
/// Calendars kept at most.
const CALENDARS: u64 = 100_000;
/// Bytes of answers kept at most.
const ANSWER_BYTES: u64 = 256 * 1024 * 1024;

/// A calendar as far as this node knows it.
#[derive(Clone, Debug)]
pub struct Known {
    /// The version of its stream.
    pub version: u64,
    /// When its host can be met.
    pub availability: Arc<Availability>,
    /// The epoch in which it was read.
    pub epoch: Epoch,
}

/// A stretch of time in which no news was missed. What was read in an earlier one is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(u64);

/// A serialised answer and what it depends on.
#[derive(Debug)]
pub struct CachedAnswer {
    /// The calendars it is about, with the versions it was computed from.
    pub versions: Vec<(HostId, u64)>,
    /// The epoch in which those were read.
    pub epoch: Epoch,
    /// From this moment on it would read differently.
    pub valid_until: Option<Instant>,
    /// The body.
    pub body: Bytes,
}

/// A kept answer.
#[derive(Debug)]
struct Kept {
    answer: CachedAnswer,
    /// What was heard of each of its calendars.
    heard: Vec<Heard>,
}

impl Kept {
    /// Whether nothing is known to have happened to any of its calendars since.
    fn is_current(&self) -> bool {
        let mut versions = self.answer.versions.iter().zip(&self.heard);
        versions.all(|((_, version), heard)| *version >= heard.load(Ordering::Acquire))
    }
}

/// The highest version that a calendar is known to have reached.
type Heard = Arc<AtomicU64>;

/// The memory of one node. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub struct AvailabilityCache {
    calendars: Cache<HostId, Known>,
    answers: Cache<Box<str>, Arc<Kept>>,
    heard: Cache<HostId, Heard>,
    owners: Cache<MeetingTypeId, HostId>,
    epoch: Arc<AtomicU64>,
}

impl Default for AvailabilityCache {
    fn default() -> Self {
        #[expect(clippy::borrowed_box, reason = "moka hands the key as it keeps it")]
        let weight = |query: &Box<str>, kept: &Arc<Kept>| {
            u32::try_from(query.len() + kept.answer.body.len() + 128).unwrap_or(u32::MAX)
        };
        Self {
            calendars: Cache::builder().max_capacity(CALENDARS).time_to_live(TIME_TO_LIVE).build(),
            answers: Cache::builder().max_capacity(ANSWER_BYTES).weigher(weight).time_to_live(TIME_TO_LIVE).build(),
            // Outlives whatever could still be served, since keeping that touches it, and is never evicted before its time:
            // forgetting it would let an older answer through.
            heard: Cache::builder().time_to_idle(TIME_TO_LIVE * 2).build(),
            owners: Cache::builder().max_capacity(CALENDARS * 4).build(),
            epoch: Arc::default(),
        }
    }
}

impl AvailabilityCache {
    /// The answer to a query, if it still holds.
    pub fn answer(&self, query: &str, now: Instant) -> Option<Bytes> {
        let kept = self.answers.get(query)?;
        let answer = &kept.answer;
        let in_time = answer.valid_until.is_none_or(|until| now < until);
        let current = answer.epoch == self.epoch() && kept.is_current();
        (in_time && current).then(|| answer.body.clone())
    }

    /// Keeps the answer to a query.
    pub fn keep(&self, query: &str, answer: CachedAnswer) {
        let heard = answer.versions.iter().map(|(host, _)| self.counter(*host)).collect();
        self.answers.insert(query.into(), Arc::new(Kept { answer, heard }));
    }

    /// The calendar, if nothing is known to have happened to it since.
    pub fn calendar(&self, host: HostId) -> Option<Known> {
        let current = |known: &Known| known.epoch == self.epoch() && known.version >= self.heard(host);
        self.calendars.get(&host).filter(current)
    }

    /// Takes note of a calendar; an older state than the one known is ignored.
    pub fn learn(&self, host: HostId, known: Known) {
        self.calendars.entry(host).and_compute_with(|entry| match entry {
            Some(entry) if entry.value().epoch == known.epoch && entry.value().version >= known.version => Op::Nop,
            _ => Op::Put(known),
        });
    }

    /// Takes note that a calendar has reached a version: older answers are served no more.
    pub fn hear(&self, host: HostId, version: u64) {
        self.counter(host).fetch_max(version, Ordering::AcqRel);
    }

    /// The version that a calendar is known to have reached; 0 if nothing was heard of it.
    pub fn heard(&self, host: HostId) -> u64 {
        self.counter(host).load(Ordering::Acquire)
    }

    fn counter(&self, host: HostId) -> Heard {
        self.heard.get_with(host, Heard::default)
    }

    /// Whose meeting type it is, if this node has asked before. A meeting type never changes hands.
    pub fn owner(&self, id: MeetingTypeId) -> Option<HostId> {
        self.owners.get(&id)
    }

    /// Remembers whose meeting type it is.
    pub fn remember_owner(&self, id: MeetingTypeId, host: HostId) {
        self.owners.insert(id, host);
    }

    /// The epoch to read in: taken before whatever is learned is read.
    pub fn epoch(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::Acquire))
    }

    /// Begins a new epoch: news may have been missed, so nothing read before is believed.
    pub fn begin_epoch(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use uuid::Uuid;

    const HOST: HostId = HostId(Uuid::from_u128(1));
    const OTHER: HostId = HostId(Uuid::from_u128(2));

    fn answer(version: u64, valid_until: Option<Instant>) -> CachedAnswer {
        let versions = vec![(OTHER, 1), (HOST, version)];
        CachedAnswer { versions, epoch: Epoch(0), valid_until, body: Bytes::from_static(b"{}") }
    }

    fn known(version: u64) -> Known {
        Known { version, availability: Arc::default(), epoch: Epoch(0) }
    }

    fn second(second: i64) -> Instant {
        DateTime::from_timestamp(second, 0).expect("in range")
    }

    #[test]
    fn an_answer_is_served_until_its_calendar_moves_on() {
        let cache = AvailabilityCache::default();
        cache.keep("q", answer(3, None));
        assert!(cache.answer("q", second(0)).is_some());
        cache.hear(HOST, 3);
        assert!(cache.answer("q", second(0)).is_some());
        cache.hear(HOST, 4);
        assert!(cache.answer("q", second(0)).is_none());
        cache.hear(HOST, 2);
        assert!(cache.answer("q", second(0)).is_none(), "old news change nothing");
    }

    #[test]
    fn an_answer_is_served_until_any_of_its_calendars_moves_on() {
        let cache = AvailabilityCache::default();
        cache.keep("q", answer(3, None));
        cache.hear(OTHER, 1);
        assert!(cache.answer("q", second(0)).is_some());
        cache.hear(OTHER, 2);
        assert!(cache.answer("q", second(0)).is_none());
    }

    #[test]
    fn an_answer_is_served_until_its_time_runs_out() {
        let cache = AvailabilityCache::default();
        cache.keep("q", answer(3, Some(second(60))));
        assert!(cache.answer("q", second(59)).is_some());
        assert!(cache.answer("q", second(60)).is_none());
    }

    #[test]
    fn a_slow_loader_does_not_bring_an_older_calendar_back() {
        let cache = AvailabilityCache::default();
        cache.learn(HOST, known(5));
        cache.learn(HOST, known(4));
        assert_eq!(cache.calendar(HOST).map(|k| k.version), Some(5));
        cache.hear(HOST, 6);
        assert!(cache.calendar(HOST).is_none());
        cache.learn(HOST, known(6));
        assert_eq!(cache.calendar(HOST).map(|k| k.version), Some(6));
    }

    #[test]
    fn after_missed_news_nothing_is_believed_that_was_read_before() {
        let cache = AvailabilityCache::default();
        cache.learn(HOST, known(5));
        cache.keep("q", answer(5, None));
        cache.begin_epoch();
        assert!(cache.calendar(HOST).is_none());
        assert!(cache.answer("q", second(0)).is_none());
        // A loader that began before the break ends after it.
        cache.learn(HOST, known(6));
        cache.keep("q", answer(6, None));
        assert!(cache.calendar(HOST).is_none());
        assert!(cache.answer("q", second(0)).is_none());
        cache.learn(HOST, Known { epoch: cache.epoch(), ..known(6) });
        assert!(cache.calendar(HOST).is_some());
    }
}
