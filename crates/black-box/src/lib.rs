//! What black-box tests and the fault suite share: the built program on real servers, and people who talk to it.

#![warn(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

pub mod agreement;
pub mod cli;
pub mod deployment;
pub mod events;
pub mod example;
pub mod http;
pub mod log;
pub mod nginx;
pub mod node;
pub mod people;
pub mod program;
pub mod reply;
pub mod streams;
pub mod times;
pub mod tools;
pub mod traces;
pub mod watchdog;

use std::io::Write as _;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Long enough for a machine that compiles and runs other tests meanwhile.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// Says something past the test harness, which keeps to itself what a passing test prints.
pub fn report(line: &str) {
    let _ = std::io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// Waits until a condition holds, and fails saying `what` was awaited if it does not in time.
#[track_caller]
pub fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) -> impl Future<Output = ()> {
    eventually(what, move || {
        let holds = condition();
        async { holds.await.then_some(()) }
    })
}

/// Tries again until there is an answer, and fails saying `what` was awaited if there is none in time.
#[track_caller]
pub fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut attempt: impl FnMut() -> F,
) -> impl Future<Output = T> {
    let (caller, what) = (std::panic::Location::caller(), what.to_owned());
    async move {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(answer) = attempt().await {
                return answer;
            }
            assert!(Instant::now() < deadline, "waited in vain until {what} (asked at {caller})");
            sleep(Duration::from_millis(10)).await;
        }
    }
}
