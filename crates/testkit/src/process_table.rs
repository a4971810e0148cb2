//! The processes that run on this machine, told apart by their command lines.
//!
//! A number in a file may be that of a long dead process, or not be written yet when its writer is killed. A command line
//! that names one of our directories cannot lie.

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::OsStrExt as _,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};

/// A process and its arguments, the program's name first.
pub(crate) struct Entry {
    pub(crate) pid: Pid,
    pub(crate) arguments: Vec<OsString>,
}

impl Entry {
    /// Whether it runs the program of this name.
    pub(crate) fn runs(&self, program: &str) -> bool {
        self.arguments.first().and_then(|path| Path::new(path).file_name()).is_some_and(|name| name == program)
    }

    /// The argument that follows this one.
    pub(crate) fn value_of(&self, option: &str) -> Option<&str> {
        let place = self.arguments.iter().position(|argument| argument == option)?;
        self.arguments.get(place + 1)?.to_str()
    }
}

/// All processes that have arguments; dead ones that nobody has reaped have none.
pub(crate) fn all() -> Vec<Entry> {
    let entry = |pid: i32| Entry { pid: Pid::from_raw(pid), arguments: arguments_of(Pid::from_raw(pid)) };
    match numbers() {
        Some(numbers) => numbers.into_iter().map(entry).filter(|entry| !entry.arguments.is_empty()).collect(),
        None => ps(&["-A", "-ww", "-o", "pid=,command="])
            .lines()
            .filter_map(|line| {
                let (pid, command) = line.trim_start().split_once(' ')?;
                Some(Entry { pid: Pid::from_raw(pid.parse().ok()?), arguments: words(command) })
            })
            .collect(),
    }
}

/// The arguments of a process; none when it does not run.
pub(crate) fn arguments_of(pid: Pid) -> Vec<OsString> {
    if !Path::new("/proc/self/cmdline").exists() {
        return words(&ps(&["-ww", "-o", "command=", "-p", &pid.to_string()]));
    }
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let arguments = bytes.split(|byte| *byte == 0).filter(|argument| !argument.is_empty());
    arguments.map(|argument| OsStr::from_bytes(argument).to_owned()).collect()
}

/// The processes that a process started.
pub(crate) fn children_of(parent: Pid) -> Vec<Pid> {
    let pairs: Vec<(i32, i32)> = match numbers() {
        Some(numbers) => numbers.into_iter().filter_map(|pid| Some((pid, parent_of(pid)?))).collect(),
        None => ps(&["-A", "-o", "pid=,ppid="])
            .lines()
            .filter_map(|line| {
                let mut numbers = line.split_whitespace().filter_map(|number| number.parse().ok());
                Some((numbers.next()?, numbers.next()?))
            })
            .collect(),
    };
    pairs
        .into_iter()
        .filter(|(_, its_parent)| *its_parent == parent.as_raw())
        .map(|(pid, _)| Pid::from_raw(pid))
        .collect()
}

/// Ends every process that has a path in this directory among its arguments; waits until they are gone.
pub(crate) fn end_all_within(directory: &Path, limit: Duration) {
    let within = |entry: &Entry| entry.arguments.iter().any(|argument| Path::new(argument).starts_with(directory));
    let deadline = Instant::now() + limit;
    // A PostgreSQL that is told to quit gives its shared memory back; one that is killed does not.
    let mut signal = Signal::SIGQUIT;
    loop {
        let there: Vec<Entry> = all().into_iter().filter(within).collect();
        if there.is_empty() {
            return;
        }
        for entry in there {
            let _ = signal::kill(entry.pid, signal);
        }
        if signal == Signal::SIGKILL && Instant::now() > deadline + limit {
            tracing::warn!(directory = %directory.display(), "processes of a dead run cannot be ended");
            return;
        }
        if Instant::now() > deadline {
            signal = Signal::SIGKILL;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The numbers of all processes, where the system lists them in /proc.
fn numbers() -> Option<Vec<i32>> {
    if !Path::new("/proc/self/cmdline").exists() {
        return None;
    }
    let entries = fs::read_dir("/proc").ok()?.flatten();
    Some(entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

fn parent_of(pid: i32) -> Option<i32> {
    // `pid (name) state parent …`, where the name may hold blanks and parentheses.
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    status.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Where the system has no /proc, blanks within arguments cannot be told from those between them: a server in a directory
/// with a blank in its name is then not found again.
fn words(command: &str) -> Vec<OsString> {
    command.split_whitespace().map(OsString::from).collect()
}

fn ps(arguments: &[&str]) -> String {
    let output = Command::new("ps").args(arguments).stderr(Stdio::null()).output();
    output.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use std::{
        process::{Command, Stdio},
        time::Duration,
    };

    use nix::unistd::Pid;

    use super::{all, children_of, end_all_within};
    use crate::scratch::ScratchDirectory;

    #[test]
    fn a_process_is_found_by_a_path_among_its_arguments_and_ended() {
        let scratch = ScratchDirectory::make().unwrap();
        let file = scratch.path().join("configuration");
        let mut command = Command::new("sh");
        command.args(["-c", "read _", "--config"]).arg(&file).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let held_open = child.stdin.take();
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
        assert!(children_of(Pid::this()).contains(&pid));
        let found = all().into_iter().find(|entry| entry.pid == pid).unwrap();
        assert_eq!(found.value_of("--config"), file.to_str());

        let waiting = std::thread::spawn(move || child.wait().unwrap());
        end_all_within(scratch.path(), Duration::from_secs(5));
        assert!(!waiting.join().unwrap().success());
        drop(held_open);
    }
}
