//! Prometheus's own tool, which judges rules and metrics. `scripts/setup` installs it where it is missing.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::documents::repository;

/// The program, in the places where `scripts/setup` looks for it.
fn program() -> PathBuf {
    let named = std::env::var_os("DAYBOOK_PROMTOOL").map(PathBuf::from);
    let ours = Some(repository().join(".tools/promtool")).filter(|file| file.exists());
    named.or(ours).unwrap_or_else(|| OsString::from("promtool").into())
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
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
