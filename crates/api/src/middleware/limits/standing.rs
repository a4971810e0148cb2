//! How much is left, as the answer's headers say it.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

static LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
static REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
static RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// How a bucket stands after a request.
///
/// Sent as `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (draft-ietf-httpapi-ratelimit-headers-07), plain
/// integers that clients in use read. Later drafts fold them into structured fields, have renamed those more than once, and
/// say nothing that these three do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Requests that a full bucket holds.
    pub(super) limit: u32,
    /// Requests left.
    pub(super) remaining: u32,
    /// When the bucket will be full again if nothing more is taken.
    pub(super) full_in: Duration,
    /// When it will hold a request again.
    pub(super) next_in: Duration,
}

impl Standing {
    /// The one of two that allows less.
    #[must_use]
    pub(crate) const fn or_tighter(self, other: Self) -> Self {
        if other.remaining < self.remaining { other } else { self }
    }

    /// Whole seconds until it holds a request again, at least one.
    pub(super) fn wait(&self) -> Duration {
        Duration::from_secs(whole_seconds(self.next_in).max(1))
    }

    /// Adds the headers.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        headers.insert(&LIMIT, HeaderValue::from(self.limit));
        headers.insert(&REMAINING, HeaderValue::from(self.remaining));
        headers.insert(&RESET, HeaderValue::from(whole_seconds(self.full_in)));
    }
}

/// Rounded up: who comes back after a whole number of seconds must not come too soon.
const fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + (time.subsec_nanos() > 0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_up() {
        let standing = |next_in| Standing { limit: 9, remaining: 0, full_in: Duration::from_millis(1_001), next_in };
        assert_eq!(standing(Duration::from_millis(1)).wait(), Duration::from_secs(1));
        assert_eq!(standing(Duration::from_millis(2_500)).wait(), Duration::from_secs(3));
        let mut headers = HeaderMap::new();
        standing(Duration::ZERO).write(&mut headers);
        assert_eq!(
            (&headers["ratelimit-limit"], &headers["ratelimit-remaining"], &headers["ratelimit-reset"]),
            (&HeaderValue::from_static("9"), &HeaderValue::from_static("0"), &HeaderValue::from_static("2"))
        );
    }
}
