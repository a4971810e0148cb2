//! The time, as the test says.

use std::sync::{Arc, Mutex};

use chrono::{TimeZone, Utc};
use daybook_domain::time::Instant;

/// A clock that stands where the test sets it, or goes on from there. Cloning shares it.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<Shown>>);

#[derive(Clone, Copy)]
enum Shown {
    Standing(Instant),
    Going { from: Instant, since: std::time::Instant },
}

impl TestClock {
    /// A clock that stands at midnight, on a Monday.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Shown::Standing(Utc.with_ymd_and_hms(2027, 1, 11, 0, 0, 0).unwrap()))))
    }

    pub(crate) fn now(&self) -> Instant {
        let shown = *self.0.lock().unwrap();
        match shown {
            Shown::Standing(at) => at,
            Shown::Going { from, since } => from + since.elapsed(),
        }
    }

    /// Sets it, and stops it there.
    pub(crate) fn set(&self, at: Instant) {
        *self.0.lock().unwrap() = Shown::Standing(at);
    }

    /// Sets it, and lets it go on from there.
    pub(crate) fn go_on_from(&self, from: Instant) {
        *self.0.lock().unwrap() = Shown::Going { from, since: std::time::Instant::now() };
    }
}
