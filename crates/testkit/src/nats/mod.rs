//! A private NATS server with JetStream.

mod greeting;
mod options;
mod program;
mod users;

use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;

use crate::{
    directory::{self, Directory},
    error::{Error, Tried as _},
    passwords::Passwords,
    port::Port,
    process::{POLL, ServerProcess, kill_tree, signal_tree},
    process_table,
};

pub(crate) use options::Member;
pub use options::NatsOptions;
pub use users::NatsUser;

/// The repository's configuration, the same for `dev`, tests and docker-compose.
const CONFIGURATION: &str = include_str!("../../../../nats.conf");
const CONFIGURATION_FILE: &str = "nats.conf";

/// Recovery of large streams reads their index first.
const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// A NATS server of our own, with JetStream, in a directory of its own.
///
/// Dropping it stops the server. Should the process be killed instead, the server runs on and the next
/// [`start`](Self::start) in the same directory adopts it.
#[derive(Debug)]
pub struct PrivateNats {
    directory: Directory,
    configuration: PathBuf,
    program: PathBuf,
    passwords: Passwords,
    member: Option<Member>,
    port: Port,
    process: Option<ServerProcess>,
    adopted: bool,
}

impl PrivateNats {
    /// Starts the server, or adopts the one that an earlier run left in the directory.
    pub async fn start(options: NatsOptions) -> Result<Self, Error> {
        let program = program::find()?;
        let directory = Directory::claim(&options.directory)?;
        let passwords =
            options.member.as_ref().map_or_else(|| directory.join("passwords"), |one| one.passwords.clone());
        let passwords = Passwords::read_or_make(&passwords, &NatsUser::ALL.map(NatsUser::name))?;
        let configuration = directory.join(CONFIGURATION_FILE);
        let port = Port::given(0);
        let member = options.member;
        let mut server =
            Self { directory, configuration, program, passwords, member, port, process: None, adopted: false };
        if !server.adopt(options.port).await? {
            server.start_on_a_port(options.port).await?;
        }
        Ok(server)
    }

    /// Takes over the survivor of an earlier run, or ends it when it runs otherwise than it would be started now.
    async fn adopt(&mut self, wanted: Option<u16>) -> Result<bool, Error> {
        let Some(survivor) = self.survivor() else { return Ok(false) };
        self.process = Some(ServerProcess::adopt(survivor.pid, self.configuration.as_os_str()));
        let port = survivor.value_of("--port").and_then(|port| port.parse().ok());
        // A server that an older Daybook started has that one's users and limits.
        let as_we_would = fs::read_to_string(&self.configuration).is_ok_and(|text| text == CONFIGURATION);
        if let (Some(port), Some(name)) = (port, survivor.value_of("--name"))
            && as_we_would
            && wanted.is_none_or(|wanted| wanted == port)
            && self.ready(port, name).await
        {
            tracing::info!(port, "adopted the NATS server that an earlier run left");
            self.port = Port::given(port);
            self.adopted = true;
            return Ok(true);
        }
        self.stop().await?;
        Ok(false)
    }

    /// The server that an earlier run left behind in this directory, if it still runs.
    fn survivor(&self) -> Option<process_table::Entry> {
        process_table::all().into_iter().find(|entry| entry.value_of("--config") == self.configuration.to_str())
    }

    /// Starts on the port asked for, or on free ones until one works.
    async fn start_on_a_port(&mut self, wanted: Option<u16>) -> Result<(), Error> {
        let mut outcome = Ok(());
        for port in Port::candidates(wanted) {
            self.port = port?;
            outcome = self.launch().await;
            if !matches!(outcome, Err(Error::PortTaken { .. })) {
                break;
            }
        }
        outcome
    }

    async fn launch(&mut self) -> Result<(), Error> {
        fs::write(&self.configuration, CONFIGURATION).tried(|| format!("write {}", self.configuration.display()))?;
        let (log, port) = (self.directory.log(), self.port.number());
        let mark = log.mark();
        // A name of its own tells this server from any other that may answer on the port.
        let random = || format!("daybook-{:016x}", rand::random::<u64>());
        let name = self.member.as_ref().map_or_else(random, |member| member.name.clone());

        let mut command = Command::new(&self.program);
        command
            .arg("--config")
            .arg(&self.configuration)
            .arg("--store_dir")
            .arg(self.store())
            .args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--name", &name])
            .args(self.member.iter().flat_map(Member::arguments))
            .current_dir(self.directory.path());
        for user in NatsUser::ALL {
            command.env(user.password_variable(), self.passwords.of(user.name()));
        }
        self.process = Some(ServerProcess::spawn(command, self.configuration.as_os_str(), &log)?);
        if self.ready(port, &name).await {
            return Ok(());
        }

        if let Some(mut failed) = self.process.take() {
            failed.end_now(Signal::SIGKILL, STOP_LIMIT);
        }
        if log.since(mark).contains("address already in use") {
            return Err(Error::PortTaken { program: "nats-server", port });
        }
        Err(Error::DidNotStart { program: "nats-server", log: log.path().to_owned(), tail: log.tail(mark) })
    }

    /// Waits until the server answers; false when it ended or took too long.
    async fn ready(&mut self, port: u16, name: &str) -> bool {
        let deadline = Instant::now() + START_LIMIT;
        while self.process.as_mut().is_some_and(ServerProcess::is_running) && Instant::now() < deadline {
            if greeting::is_from(name, port).await {
                return true;
            }
            tokio::time::sleep(POLL).await;
        }
        false
    }

    /// The URL with which a user connects, password included.
    pub fn url(&self, user: NatsUser) -> String {
        let (name, password) = (user.name(), self.passwords.of(user.name()));
        format!("nats://{name}:{password}@127.0.0.1:{}", self.port.number())
    }

    /// The loopback port; it stays the same through [`kill_9`](Self::kill_9) and [`restart`](Self::restart).
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The server's process id while it runs.
    pub fn pid(&self) -> Option<i32> {
        self.process.as_ref().map(ServerProcess::pid)
    }

    /// Whether the server was running already, left behind by a run that was killed.
    pub fn was_adopted(&self) -> bool {
        self.adopted
    }

    /// Ends the server in order.
    pub async fn stop(&mut self) -> Result<(), Error> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.signal(Signal::SIGTERM);
        if process.ended_within(STOP_LIMIT).await {
            return Ok(());
        }
        tracing::warn!("nats-server did not stop in {STOP_LIMIT:?} and is killed");
        self.process = Some(process);
        self.kill_9().await
    }

    /// Kills the server, as a crash would.
    pub async fn kill_9(&mut self) -> Result<(), Error> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        if kill_tree(&mut process, STOP_LIMIT).await {
            return Ok(());
        }
        Err(Error::TimedOut { what: "killing nats-server".into(), limit: STOP_LIMIT })
    }

    /// Holds the server and all its processes still, as a machine that stalls would; they keep their connections.
    pub fn pause(&mut self) {
        if let Some(process) = &mut self.process {
            signal_tree(process, Signal::SIGSTOP);
        }
    }

    /// Lets what was held still go on.
    pub fn resume(&mut self) {
        if let Some(process) = &mut self.process {
            signal_tree(process, Signal::SIGCONT);
        }
    }

    /// Starts the server again on its port, stopping it first if it runs.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.stop().await?;
        self.launch().await
    }

    /// Deletes every stream and consumer from the disk, stopping the server first; [`restart`](Self::restart) starts it.
    pub async fn wipe_store(&mut self) -> Result<(), Error> {
        self.stop().await?;
        directory::remove(&self.store())
    }

    /// Leaves the server running when this value is gone; the next start in its directory adopts it.
    pub fn leave_running(mut self) {
        self.process = None;
    }

    fn store(&self) -> PathBuf {
        self.directory.join("store")
    }
}

impl Drop for PrivateNats {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.end_now(Signal::SIGTERM, Duration::from_secs(10));
        }
    }
}
