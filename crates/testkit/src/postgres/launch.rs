//! Starts the server and waits until it is ready.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use super::{PostgresOptions, installation::Installation, pid_file::PidFile, settings};
use crate::{
    error::Error,
    log_file::LogFile,
    port::Port,
    process::{POLL, ServerProcess},
    server_user::{self, ServerUser},
};

/// Recovery after a crash replays the write-ahead log first, which may take a while.
const START_LIMIT: Duration = Duration::from_mins(2);

/// How long the last processes of a killed server may take to notice.
const SURVIVORS_LIMIT: Duration = Duration::from_secs(20);

/// Everything a start needs.
pub(crate) struct Launch<'a> {
    pub(crate) installation: &'a Installation,
    pub(crate) data: &'a Path,
    pub(crate) user: Option<&'a ServerUser>,
    pub(crate) options: &'a PostgresOptions,
    pub(crate) log: LogFile,
}

/// Why a start came to nothing.
enum Failure {
    PortTaken,
    /// Processes of a killed server still use its shared memory.
    Survivors,
    Other,
}

impl Launch<'_> {
    /// Starts on this port, waiting for what a killed server left to go away.
    pub(crate) async fn on(&self, port: &Port) -> Result<ServerProcess, Error> {
        let give_up = Instant::now() + SURVIVORS_LIMIT;
        loop {
            let mark = self.log.mark();
            match self.attempt(port.number(), mark).await? {
                Ok(process) => return Ok(process),
                Err(Failure::PortTaken) => {
                    return Err(Error::PortTaken { program: "PostgreSQL", port: port.number() });
                }
                Err(Failure::Survivors) if Instant::now() < give_up => tokio::time::sleep(10 * POLL).await,
                Err(_) => {
                    return Err(Error::DidNotStart {
                        program: "PostgreSQL",
                        log: self.log.path().to_owned(),
                        tail: self.log.tail(mark),
                    });
                }
            }
        }
    }

    async fn attempt(&self, port: u16, mark: usize) -> Result<Result<ServerProcess, Failure>, Error> {
        settings::write(self.data, self.options, port)?;
        let mut command = server_user::command(&self.installation.program("postgres"), self.user);
        command.arg("-D").arg(self.data).current_dir(self.data);
        for inherited in ["PGDATA", "PGPORT", "PGOPTIONS", "PGHOST"] {
            command.env_remove(inherited);
        }
        let mut process = ServerProcess::spawn(command, self.data.as_os_str(), &self.log)?;
        if wait_until_ready(&mut process, self.data).await {
            return Ok(Ok(process));
        }
        // Dropped half-started, it would be left to run without an owner.
        process.end_now(nix::sys::signal::Signal::SIGQUIT, Duration::from_secs(5));
        let said = self.log.since(mark);
        Ok(Err(match () {
            () if said.contains("Address already in use") => Failure::PortTaken,
            () if said.contains("is still in use") => Failure::Survivors,
            () => Failure::Other,
        }))
    }
}

/// Waits until the pid file says that the server is ready; false when it ended or took too long.
pub(crate) async fn wait_until_ready(process: &mut ServerProcess, data: &Path) -> bool {
    let deadline = Instant::now() + START_LIMIT;
    while process.is_running() && Instant::now() < deadline {
        if PidFile::read(data).is_some_and(|file| file.ready && file.pid == process.pid()) {
            return true;
        }
        tokio::time::sleep(POLL).await;
    }
    false
}
