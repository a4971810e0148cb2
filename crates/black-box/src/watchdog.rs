//! Nothing that a test starts outlives the test process, however that ends.

use std::process::{Child, Command, Stdio};

/// A shell that waits for the end of this process and then kills others. Statics are never dropped, and a test process may
/// itself be killed; the pipe that the shell reads from is closed either way.
#[derive(Debug)]
pub struct Watchdog(Child);

impl Watchdog {
    /// Kills these processes when this one ends, unless the value is dropped before.
    pub fn over(pids: impl IntoIterator<Item = u32>) -> Self {
        Self::of(pids.into_iter().map(|pid| pid.to_string()))
    }

    /// As [`over`](Self::over), for all of a process group.
    pub fn over_group(group: u32) -> Self {
        Self::of([format!("-{group}")])
    }

    fn of(whom: impl IntoIterator<Item = String>) -> Self {
        use std::os::unix::process::CommandExt as _;
        let shell = Command::new("sh")
            .args(["-c", r#"read -r _; kill -KILL "$@""#, "watchdog"])
            .args(whom)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C reaches the test process first, and its end is what the shell waits for.
            .process_group(0)
            .spawn()
            .unwrap();
        Self(shell)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
