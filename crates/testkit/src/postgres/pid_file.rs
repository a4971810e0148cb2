//! `postmaster.pid`, by which a PostgreSQL tells which process it is, where it listens and whether it is ready.

use std::{fs, path::Path};

use crate::{
    error::{Error, Tried as _},
    process::{self, ServerProcess},
    process_table::{self, Entry},
};

/// What the file says.
#[derive(Debug)]
pub(crate) struct PidFile {
    pub(crate) pid: i32,
    pub(crate) port: Option<u16>,
    pub(crate) ready: bool,
}

impl PidFile {
    pub(crate) fn read(data: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(data.join("postmaster.pid")).ok()?)
    }

    /// Lines: pid, data directory, start time, port, socket directory, listen address, shared memory, state.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: lines.first()?.parse().ok()?,
            port: lines.get(3).and_then(|port| port.parse().ok()),
            ready: lines.get(7) == Some(&"ready"),
        })
    }
}

/// The server that an earlier run left behind in this data directory, if it still runs.
pub(crate) fn survivor(data: &Path) -> Option<ServerProcess> {
    let is_server = |entry: &Entry| entry.runs("postgres") && entry.value_of("-D") == data.to_str();
    let servers = process_table::all().into_iter().filter(is_server);
    // A child that the server has just forked carries the same command line for a moment; the server came first.
    let noted = PidFile::read(data).map(|file| file.pid);
    let server = servers.map(|entry| entry.pid).min_by_key(|pid| (Some(pid.as_raw()) != noted, pid.as_raw()))?;
    Some(ServerProcess::adopt(server, data.as_os_str()))
}

/// Removes the pid file of a dead server where PostgreSQL would not.
///
/// It takes over the file of a process that is gone. But any process of that number it takes for the server, even another
/// program, or the dead server itself where nobody reaps it (as in many containers), and would refuse to start for ever.
/// Its other safeguard, the shared memory that living processes of the dead server still use, does not hang on the file.
pub(crate) fn remove_stale(data: &Path) -> Result<(), Error> {
    match PidFile::read(data) {
        Some(file) if process::number_is_taken(file.pid) => {
            tracing::info!(pid = file.pid, "removing the pid file of a dead PostgreSQL");
            fs::remove_file(data.join("postmaster.pid")).tried(|| "remove a stale postmaster.pid".into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::PidFile;

    #[test]
    fn the_pid_file_of_a_ready_server_is_understood() {
        let text = "4242\n/data\n1760000000\n15432\n\n127.0.0.1\n  123456    7\nready   \n";
        let file = PidFile::parse(text).unwrap();
        assert_eq!((file.pid, file.port, file.ready), (4242, Some(15432), true));
    }

    #[test]
    fn a_server_that_is_starting_is_not_ready() {
        let file = PidFile::parse("4242\n/data\n1760000000\n15432\n\n").unwrap();
        assert!(!file.ready);
    }
}
