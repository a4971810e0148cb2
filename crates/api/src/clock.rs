//! Where the time comes from: read once at the edge, handed inwards.

use std::fmt;
use std::sync::Arc;

use chrono::SubsecRound;
use daybook_domain::time::Instant;
use uuid::{NoContext, Timestamp, Uuid};

/// A clock that handlers read; tests set it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Instant + Send + Sync>);

impl Clock {
    /// The system's clock, in whole microseconds: what PostgreSQL keeps of an instant is all there is of it.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that is passed in everywhere else")]
        Self::reading(|| chrono::Utc::now().trunc_subsecs(6))
    }

    /// A clock that shows what `read` returns.
    pub fn reading(read: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// A new id that sorts by the time at which it was made (UUID v7).
    pub fn new_id(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
    }

    /// The time now.
    pub fn now(&self) -> Instant {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
