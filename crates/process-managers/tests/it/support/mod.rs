//! The words of these tests.

pub(crate) mod clock;
pub(crate) mod commands;
pub(crate) mod manager;
pub(crate) mod projector;
pub(crate) mod world;

use std::time::Duration;

/// How long anything may take that is waited for.
const DEADLINE: Duration = Duration::from_mins(1);

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let held = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, held).await.unwrap_or_else(|_| panic!("never came true: {what}"));
}
