//! Prometheus's own tool, which judges rules and metrics. `scripts/setup` installs it where it is missing.

use std::io::Write as _;
use std::process::{Command, Stdio};

use daybook_black_box::tools::{repository, tool};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(tool("promtool", "DAYBOOK_PROMTOOL"));
    command.args(arguments).current_dir(repository().join("deploy/monitoring"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it within `deploy/monitoring`, and fails if it is not content.
#[track_caller]
pub(crate) fn run(arguments: &[&str]) {
    run_with(arguments, "");
}

/// Runs it with something to read.
#[track_caller]
pub(crate) fn run_with(arguments: &[&str], input: &str) {
    let child = command(arguments).spawn();
    let mut child =
        child.unwrap_or_else(|error| panic!("promtool cannot be run ({error}); scripts/setup tests installs it"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "promtool {arguments:?} ended with {}:\n{said}", done.status);
}
