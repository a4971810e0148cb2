//! A quota for each of many clients, in bounded memory.

use std::fmt;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};
use moka::sync::Cache;

use super::standing::Standing;

/// Clients remembered at most; those who come again are kept rather than those who came once.
const CLIENTS: u64 = 50_000;

/// How many requests in how long: all at once, or evenly, since a spent request comes back after its share of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests.
    pub requests: NonZeroU32,
    /// In this time.
    pub within: Duration,
}

impl Allowance {
    /// So many requests in so much time; at least one.
    pub const fn new(requests: u32, within: Duration) -> Self {
        let requests = match NonZeroU32::new(requests) {
            Some(requests) => requests,
            None => NonZeroU32::MIN,
        };
        Self { requests, within }
    }

    /// The time after which one spent request comes back.
    fn share(self) -> Duration {
        (self.within / self.requests.get()).max(Duration::from_nanos(1))
    }
}

/// One bucket per key, each with the same allowance.
pub(super) struct Buckets<K: Key> {
    allowance: Allowance,
    limiter: RateLimiter<K, Remembered<K>, DefaultClock, StateInformationMiddleware>,
    remembered: Remembered<K>,
    clock: DefaultClock,
}

/// Whatever tells one bucket from another.
pub(super) trait Key: Hash + Eq + Clone + Send + Sync + 'static {}

impl<K: Hash + Eq + Clone + Send + Sync + 'static> Key for K {}

impl<K: Key> Buckets<K> {
    pub(super) fn new(allowance: Allowance) -> Self {
        // Who has not been seen for as long as an empty bucket takes to fill has a full one: forgetting it changes nothing.
        let forgotten_after = allowance.within.max(Duration::from_secs(1));
        let remembered = Remembered(Cache::builder().max_capacity(CLIENTS).time_to_idle(forgotten_after).build());
        let share = Quota::with_period(allowance.share()).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN));
        let quota = share.allow_burst(allowance.requests);
        let clock = DefaultClock::default();
        let limiter = RateLimiter::new(quota, remembered.clone(), clock.clone());
        Self { allowance, limiter, remembered, clock }
    }

    /// Takes one request out of the key's bucket, if there is one; and how the bucket stands then.
    pub(super) fn take(&self, key: &K) -> Result<Standing, Standing> {
        let limit = self.allowance.requests.get();
        match self.limiter.check_key(key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let full_in = self.allowance.share() * (limit - remaining.min(limit));
                Ok(Standing { limit, remaining, full_in, next_in: Duration::ZERO })
            }
            Err(until) => {
                let next_in = until.wait_time_from(self.clock.now());
                Err(Standing { limit, remaining: 0, full_in: self.allowance.within, next_in })
            }
        }
    }

    /// Fills the key's bucket.
    pub(super) fn forget(&self, key: &K) {
        self.remembered.0.invalidate(key);
    }
}

impl<K: Key> fmt::Debug for Buckets<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buckets").field("allowance", &self.allowance).finish_non_exhaustive()
    }
}

/// Governor's state of each key, kept for as long as it matters and there is room.
#[derive(Clone)]
struct Remembered<K>(Cache<K, Arc<InMemoryState>>);

impl<K: Key> StateStore for Remembered<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0.get_with_by_ref(key, Arc::default).measure_and_replace(&NotKeyed::NonKey, decide)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn each_key_has_its_own_bucket() {
        let buckets = Buckets::new(Allowance::new(2, HOUR));
        assert_eq!(buckets.take(&"a").map(|s| s.remaining), Ok(1));
        assert_eq!(buckets.take(&"a").map(|s| s.remaining), Ok(0));
        assert!(buckets.take(&"a").is_err());
        assert_eq!(buckets.take(&"b").map(|s| s.remaining), Ok(1));
    }

    #[test]
    fn a_standing_tells_when_the_next_request_may_come_and_when_all_may() {
        let buckets = Buckets::new(Allowance::new(2, HOUR));
        let first = buckets.take(&1).unwrap();
        assert_eq!((first.limit, first.full_in), (2, HOUR / 2));
        buckets.take(&1).unwrap();
        let refused = buckets.take(&1).unwrap_err();
        assert_eq!((refused.limit, refused.remaining, refused.full_in), (2, 0, HOUR));
        let minutes = refused.next_in.as_secs_f64() / 60.0;
        assert!((29.0..=30.0).contains(&minutes), "{refused:?}");
    }

    #[test]
    fn a_forgotten_key_has_a_full_bucket() {
        let buckets = Buckets::new(Allowance::new(1, HOUR));
        buckets.take(&1).unwrap();
        assert!(buckets.take(&1).is_err());
        buckets.forget(&1);
        assert!(buckets.take(&1).is_ok());
    }

    #[test]
    fn a_flood_of_keys_does_not_grow_the_memory() {
        let buckets = Buckets::new(Allowance::new(1, HOUR));
        for key in 0..CLIENTS * 2 {
            let _ = buckets.take(&key);
        }
        buckets.remembered.0.run_pending_tasks();
        assert!(buckets.remembered.0.entry_count() <= CLIENTS);
    }

    #[test]
    fn an_allowance_is_at_least_one() {
        assert_eq!(Allowance::new(0, HOUR).requests.get(), 1);
    }
}
