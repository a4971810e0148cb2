//! A running server: one that we started, or one that an earlier, killed run of ours left behind.

use std::{
    ffi::{OsStr, OsString},
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::signal::{self, Signal},
    unistd::Pid,
};

use crate::{
    error::{Error, Tried as _},
    log_file::LogFile,
    process_table,
};

/// How often a waiting caller looks again.
pub(crate) const POLL: Duration = Duration::from_millis(5);

/// A server's process.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    pid: Pid,
    /// `None` for an adopted process: it is not our child.
    child: Option<Child>,
    /// The argument by which its command line is told from that of any other process with the same number.
    mark: OsString,
}

impl ServerProcess {
    /// Starts a server that writes to a log. `mark` must be one of its arguments.
    ///
    /// It gets a process group of its own: Ctrl-C in a terminal reaches Daybook alone, which then stops its servers after
    /// it has stopped using them.
    pub(crate) fn spawn(mut command: Command, mark: &OsStr, log: &LogFile) -> Result<Self, Error> {
        let output = log.append()?;
        let errors = output.try_clone().tried(|| format!("open {}", log.path().display()))?;
        let program = command.get_program().to_owned();
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .tried(|| format!("start {}", program.display()))?;
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
        Ok(Self { pid, child: Some(child), mark: mark.to_owned() })
    }

    /// Takes over a process that carries the mark.
    pub(crate) fn adopt(pid: Pid, mark: &OsStr) -> Self {
        Self { pid, child: None, mark: mark.to_owned() }
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        match &mut self.child {
            Some(child) => matches!(child.try_wait(), Ok(None)),
            None => carries(self.pid, &self.mark),
        }
    }

    /// Sends a signal, if it still runs.
    pub(crate) fn signal(&mut self, signal: Signal) {
        if self.is_running() {
            // It may have ended since; then there is nothing left to tell it.
            let _ = signal::kill(self.pid, signal);
        }
    }

    /// Waits until it has ended; false when it still runs after `limit`.
    pub(crate) async fn ended_within(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while self.is_running() {
            if Instant::now() > deadline {
                return false;
            }
            tokio::time::sleep(POLL).await;
        }
        true
    }

    /// Asks it to end, waits a bounded time, and kills it if it has not: for use where nothing can be awaited.
    pub(crate) fn end_now(&mut self, polite: Signal, limit: Duration) {
        self.signal(polite);
        // One that is held still would not hear of it.
        self.signal(Signal::SIGCONT);
        if !self.ended_blocking(limit) {
            self.signal(Signal::SIGKILL);
            self.ended_blocking(Duration::from_secs(5));
        }
    }

    fn ended_blocking(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while self.is_running() {
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(POLL);
        }
        true
    }
}

/// Kills a process and everything it started, as a crash would, and waits until all of it is gone.
pub(crate) async fn kill_tree(process: &mut ServerProcess, limit: Duration) -> bool {
    // The parent first: a PostgreSQL that sees a child die restarts the others and writes to its files meanwhile.
    let children = process_table::children_of(process.pid);
    process.signal(Signal::SIGKILL);
    for child in &children {
        let _ = signal::kill(*child, Signal::SIGKILL);
    }
    let deadline = Instant::now() + limit;
    while process.is_running() || children.iter().any(|child| !process_table::arguments_of(*child).is_empty()) {
        if Instant::now() > deadline {
            return false;
        }
        tokio::time::sleep(POLL).await;
    }
    true
}

/// Sends a signal to a process and everything it started: SIGSTOP holds a whole server still, SIGCONT lets it go on.
pub(crate) fn signal_tree(process: &mut ServerProcess, signal: Signal) {
    // The parent first: one that is held still starts nothing more that would be missed.
    process.signal(signal);
    for child in process_table::children_of(process.pid) {
        let _ = signal::kill(child, signal);
    }
}

/// Whether the number is taken, be it by a server, by another program, or by a dead process that nobody has reaped.
pub(crate) fn number_is_taken(pid: i32) -> bool {
    signal::kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH)
}

fn carries(pid: Pid, mark: &OsStr) -> bool {
    process_table::arguments_of(pid).iter().any(|argument| argument == mark)
}
