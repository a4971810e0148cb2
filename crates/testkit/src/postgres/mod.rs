//! A private PostgreSQL server.

mod address;
pub(crate) mod admin;
pub(crate) mod dump;
mod initdb;
mod installation;
mod launch;
mod options;
mod pid_file;
mod settings;

use std::{path::PathBuf, time::Duration};

use nix::sys::signal::Signal;

use crate::{
    directory::{self, Directory},
    error::Error,
    passwords::Passwords,
    port::Port,
    process::{ServerProcess, kill_tree, signal_tree},
    server_user::ServerUser,
};
use installation::Installation;
use launch::Launch;
use pid_file::PidFile;

pub use address::Role;
pub(crate) use address::{Address, SQL_LIMIT, within};
pub use options::PostgresOptions;

const DATA: &str = "data";

/// How long a fast shutdown, which writes a checkpoint, may take.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A PostgreSQL server of our own, in a directory of its own.
///
/// Dropping it stops the server. Should the process be killed instead, the server runs on and the next
/// [`start`](Self::start) in the same directory adopts it.
#[derive(Debug)]
pub struct PrivatePostgres {
    directory: Directory,
    data: PathBuf,
    installation: Installation,
    user: Option<ServerUser>,
    options: PostgresOptions,
    passwords: Passwords,
    port: Port,
    process: Option<ServerProcess>,
    adopted: bool,
}

impl PrivatePostgres {
    /// Starts the server, making its data directory first if there is none, or adopts the one that an earlier run left.
    ///
    /// As root it runs as the user `postgres`. Errors say what to do: install PostgreSQL, choose another directory or port.
    pub async fn start(options: PostgresOptions) -> Result<Self, Error> {
        let (directory, data, user) = claim(&options)?;
        let installation = Installation::find(&data)?;
        let passwords = Passwords::read_or_make(&directory.join("passwords"), &Role::USERS)?;
        if !data.join("PG_VERSION").exists() {
            directory::remove(&data)?;
            let superuser = passwords.of(Role::Superuser.user());
            initdb::run(&installation, &data, user.as_ref(), superuser, options.durable).await?;
        }

        let survivor = pid_file::survivor(&data);
        let port = Port::given(0);
        let mut server =
            Self { directory, data, installation, user, options, passwords, port, process: survivor, adopted: false };
        if !server.adopt().await? {
            server.start_on_a_port(server.options.port).await?;
        }
        let roles = admin::ensure_roles(&server.address()).await;
        if roles.is_err() && server.adopted {
            // It ran before us and may be of use to others.
            server.process = None;
        }
        roles.map(|()| server)
    }

    /// Starts a streaming replica of this server in a directory of its own, on a free port. It has the same roles and passwords,
    /// and follows until it is promoted (`SELECT pg_promote()` as the superuser).
    pub async fn replicate(&self, options: PostgresOptions) -> Result<Self, Error> {
        let (directory, data, user) = claim(&options)?;
        self.passwords.write(&directory.join("passwords"))?;
        let primary = self.url("postgres", Role::Superuser);
        let arguments = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname", &primary];
        dump::on_data(&self.installation, "pg_basebackup", &data, user.as_ref(), &arguments).await?;
        drop(directory);
        Self::start(options).await
    }

    /// Takes over the survivor of an earlier run, or ends it when it runs otherwise than it would be started now.
    async fn adopt(&mut self) -> Result<bool, Error> {
        let Some(process) = &mut self.process else { return Ok(false) };
        let ready = launch::wait_until_ready(process, &self.data).await;
        let port = PidFile::read(&self.data).and_then(|file| file.port);
        match port {
            Some(port) if ready && self.suits(port) => {
                tracing::info!(port, "adopted the PostgreSQL that an earlier run left");
                self.port = Port::given(port);
                self.adopted = true;
                Ok(true)
            }
            _ => {
                self.stop().await?;
                Ok(false)
            }
        }
    }

    /// Whether the survivor on this port is what was asked for.
    fn suits(&self, port: u16) -> bool {
        let port_suits = self.options.port.is_none_or(|wanted| wanted == port);
        // Test programs of two ages may share a throw-away cluster, and must not restart it under each other.
        port_suits && (!self.options.durable || settings::are_those_of(&self.data, &self.options, port))
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
        pid_file::remove_stale(&self.data)?;
        let launch = Launch {
            installation: &self.installation,
            data: &self.data,
            user: self.user.as_ref(),
            options: &self.options,
            log: self.directory.log(),
        };
        self.process = Some(launch.on(&self.port).await?);
        Ok(())
    }

    /// Makes a database of the owner role if it is missing, migrates it, and admits the application's log-in.
    pub async fn prepare_database(&self, database: &str) -> Result<(), Error> {
        let address = self.address();
        admin::ensure_database(&address, database).await?;
        admin::migrate(&address, database).await
    }

    /// A back-up as operators make it: the roles, and a database with everything in it, each as a script for `psql`.
    pub async fn back_up(&self, database: &str) -> Result<[String; 2], Error> {
        dump::back_up(self.url(database, Role::Superuser)).await
    }

    /// Restores what [`back_up`](Self::back_up) gave. Roles that are there stay as they are.
    pub async fn restore(&self, [roles, database]: [String; 2]) -> Result<(), Error> {
        let url = self.url("postgres", Role::Superuser);
        dump::restore(url.clone(), roles, true).await?;
        dump::restore(url, database, false).await
    }

    /// Stops the server, runs `pg_resetwal` with these arguments, and starts it again.
    pub async fn reset_wal(&mut self, arguments: &[&str]) -> Result<(), Error> {
        self.stop().await?;
        let user = self.user.as_ref();
        dump::on_data(&self.installation, "pg_resetwal", &self.data, user, arguments).await?;
        self.launch().await
    }

    /// The URL with which a role reaches a database, password included.
    pub fn url(&self, database: &str, role: Role) -> String {
        self.address().url(database, role)
    }

    /// The loopback port; it stays the same through [`kill_9`](Self::kill_9) and [`restart`](Self::restart).
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// One of the programs that were installed with the server: `pgbench`, `pg_dump`, …
    pub fn program(&self, name: &str) -> PathBuf {
        self.installation.program(name)
    }

    /// The server's process id while it runs.
    pub fn pid(&self) -> Option<i32> {
        self.process.as_ref().map(ServerProcess::pid)
    }

    /// Whether the server was running already, left behind by a run that was killed.
    pub fn was_adopted(&self) -> bool {
        self.adopted
    }

    /// Ends the server in order (fast shutdown: open transactions are rolled back).
    pub async fn stop(&mut self) -> Result<(), Error> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.signal(Signal::SIGINT);
        if process.ended_within(STOP_LIMIT).await {
            return Ok(());
        }
        tracing::warn!("PostgreSQL did not stop in {STOP_LIMIT:?} and is killed; it will recover at its next start");
        self.process = Some(process);
        self.kill_9().await
    }

    /// Kills the server and all its processes, as a crash would.
    pub async fn kill_9(&mut self) -> Result<(), Error> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        if kill_tree(&mut process, STOP_LIMIT).await {
            return Ok(());
        }
        Err(Error::TimedOut { what: "killing PostgreSQL".into(), limit: STOP_LIMIT })
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

    /// Leaves the server running when this value is gone; the next start in its directory adopts it.
    pub fn leave_running(mut self) {
        self.process = None;
    }

    pub(crate) fn address(&self) -> Address {
        Address { port: self.port.number(), passwords: self.passwords.clone() }
    }
}

/// The directory, its data directory, and the user that the server runs as if it is not ours, who can get at both.
fn claim(options: &PostgresOptions) -> Result<(Directory, PathBuf, Option<ServerUser>), Error> {
    let user = ServerUser::for_data(&options.directory.join(DATA))?;
    if let Some(user) = &user {
        user.place(&options.directory)?;
    }
    let directory = Directory::claim(&options.directory)?;
    let data = directory.join(DATA);
    if let Some(user) = &user {
        user.must_reach(directory.path())?;
        user.take(directory.path())?;
    }
    Ok((directory, data, user))
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // A throw-away server need not write a checkpoint; it still releases its shared memory.
            let signal = if self.options.durable { Signal::SIGINT } else { Signal::SIGQUIT };
            process.end_now(signal, Duration::from_secs(10));
        }
    }
}
