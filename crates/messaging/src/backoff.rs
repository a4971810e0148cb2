//! Waiting longer after each failure in a row.

use std::time::Duration;

/// How long to wait before trying again: twice as long after each failure, up to a limit.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) const fn between(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// Waits. Dropping the future, as when the task is cancelled, cuts it short.
    pub(crate) async fn wait(&mut self) {
        let delay = self.next;
        self.next = (delay * 2).min(self.longest);
        tokio::time::sleep(delay).await;
    }

    /// Begins with the shortest wait again, after something succeeded.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_failure_doubles_the_wait_up_to_the_limit() {
        let mut backoff = Backoff::between(Duration::from_millis(100), Duration::from_millis(300));
        let mut waited = Vec::new();
        for _ in 0..4 {
            let start = Instant::now();
            backoff.wait().await;
            waited.push(start.elapsed().as_millis());
        }
        assert_eq!(waited, [100, 200, 300, 300]);
        backoff.reset();
        let start = Instant::now();
        backoff.wait().await;
        assert_eq!(start.elapsed().as_millis(), 100);
    }
}
