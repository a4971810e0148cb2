//! What can go wrong with a private server, each with what to do about it.

use std::{io, path::PathBuf, time::Duration};

use crate::version::Version;

/// A private server could not be found, started, reached or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No PostgreSQL server is installed where we look.
    #[error(
        "PostgreSQL {needed} or newer was not found on the PATH nor in the usual places. \
         On Debian: apt-get install postgresql. Elsewhere: install its server programs (initdb, postgres) and put them \
         on the PATH, or name their directory in DAYBOOK_POSTGRES_BIN."
    )]
    PostgresMissing {
        /// The oldest major version that will do.
        needed: u32,
    },

    /// Only a PostgreSQL that is too old is installed.
    #[error(
        "PostgreSQL {needed} or newer is needed, but {path} is {found}. On Debian 12 or newer: apt-get install postgresql."
    )]
    PostgresTooOld {
        /// The newest server program found.
        path: PathBuf,
        /// Its version.
        found: Version,
        /// The oldest major version that will do.
        needed: u32,
    },

    /// A data directory needs the PostgreSQL that made it.
    #[error(
        "{directory} was made by PostgreSQL {made_by}, which is not installed (found: {found}). \
         Install it (on Debian: apt-get install postgresql-{made_by}), move the data with pg_upgrade, or delete the \
         directory to start afresh."
    )]
    PostgresMajorDiffers {
        /// The PostgreSQL data directory.
        directory: PathBuf,
        /// The major version that made it.
        made_by: u32,
        /// The versions that are installed.
        found: String,
    },

    /// No NATS server is installed where we look.
    #[error(
        "nats-server {needed} or newer was not found in .tools/nats-server, DAYBOOK_NATS_SERVER or on the PATH. \
         Run scripts/setup (or `make setup`), which fetches one into .tools, or install it and put it on the PATH."
    )]
    NatsMissing {
        /// The oldest version that will do.
        needed: Version,
    },

    /// The NATS server found is too old.
    #[error(
        "nats-server {needed} or newer is needed, but {path} is {found} (older ones ignore settings without a word). \
         Run scripts/setup (or `make setup`), which fetches a newer one into .tools."
    )]
    NatsTooOld {
        /// The program found.
        path: PathBuf,
        /// Its version.
        found: Version,
        /// The oldest version that will do.
        needed: Version,
    },

    /// A program did not tell its version in a form that we know.
    #[error("{path} --version did not answer with a version but with: {answer}")]
    VersionUnreadable {
        /// The program asked.
        path: PathBuf,
        /// What it printed.
        answer: String,
    },

    /// PostgreSQL refuses to run as root and there is nobody to run it as.
    #[error(
        "PostgreSQL does not run as root and the user `{user}`, as which it would run, does not exist. \
         Install Debian's postgresql package, which makes that user, or run this as an ordinary user."
    )]
    NoServerUser {
        /// The user looked for.
        user: &'static str,
    },

    /// The server's user cannot reach the data directory.
    #[error(
        "PostgreSQL runs as the user `{user}` here, because it refuses to run as root, and that user may not enter \
         {barrier}, so it cannot reach {directory}. Choose a data directory elsewhere (--data-dir /var/lib/daybook), \
         run this as an ordinary user, or allow it with: chmod o+x {barrier}"
    )]
    NotReachable {
        /// The user that PostgreSQL runs as.
        user: String,
        /// The directory on the way that shuts it out.
        barrier: PathBuf,
        /// The directory it must reach.
        directory: PathBuf,
    },

    /// Another process runs a server in this directory.
    #[error("{directory} is in use by another running process of Daybook. Stop that one, or choose another directory.")]
    DirectoryInUse {
        /// The server's directory.
        directory: PathBuf,
    },

    /// A port that was asked for is taken.
    #[error(
        "{program} cannot listen on 127.0.0.1:{port}: another program does. Stop that one, or choose another port."
    )]
    PortTaken {
        /// The server program.
        program: &'static str,
        /// The port asked for.
        port: u16,
    },

    /// A server ended, or was not ready in time, while starting.
    #[error("{program} did not start. The end of its log, {log}:\n{tail}")]
    DidNotStart {
        /// The server program.
        program: &'static str,
        /// Its log file.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },

    /// A server program that makes something failed.
    #[error("{program} failed:\n{output}")]
    ProgramFailed {
        /// The program run.
        program: &'static str,
        /// What it printed.
        output: String,
    },

    /// Something did not happen in time.
    #[error("{what} took longer than {limit:?}")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// How long.
        limit: Duration,
    },

    /// The operating system refused something.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was tried.
        action: String,
        /// Why it failed.
        source: io::Error,
    },

    /// PostgreSQL refused a statement.
    #[error("cannot {action}: {source}")]
    Sql {
        /// What was tried.
        action: String,
        /// Why it failed.
        source: sqlx::Error,
    },

    /// A migration failed.
    #[error("cannot migrate the database: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

/// Names what was tried when an I/O operation fails.
pub(crate) trait Tried<T> {
    fn tried(self, action: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T> Tried<T> for Result<T, io::Error> {
    fn tried(self, action: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error::Io { action: action(), source })
    }
}

impl<T> Tried<T> for Result<T, nix::Error> {
    fn tried(self, action: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(io::Error::from).tried(action)
    }
}

impl<T> Tried<T> for Result<T, sqlx::Error> {
    fn tried(self, action: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error::Sql { action: action(), source })
    }
}
