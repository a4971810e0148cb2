//! What the tests of messaging share: a log to write to, a stream to look at, and waiting for conditions.

pub(crate) mod counting;
pub(crate) mod engine;
pub(crate) mod log;
pub(crate) mod nodes;
pub(crate) mod scene;
pub(crate) mod store;
pub(crate) mod stream;

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// Long enough for a machine that compiles and runs other tests meanwhile.
const DEADLINE: Duration = Duration::from_mins(1);

/// Waits until a condition holds, and fails saying `what` was awaited if it does not in time.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let deadline = Instant::now() + DEADLINE;
    while !condition().await {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Shows what the code under test logs, of tests that fail.
pub(crate) fn show_logs() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().with_ansi(false).try_init();
}
