//! Where a private PostgreSQL listens and how each role logs in.

use std::time::Duration;

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};

use crate::{
    error::{Error, Tried as _},
    passwords::Passwords,
};

/// Generous, because tests keep every core busy.
pub(crate) const SQL_LIMIT: Duration = Duration::from_mins(1);

/// Who connects to a private PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `postgres`, which may do anything.
    Superuser,
    /// `daybook_owner`, which owns the databases and the log and runs the migrations (`DAYBOOK_MIGRATE_URL`).
    Owner,
    /// `daybook`, as which the program runs (`DATABASE_URL`): a member of the group `daybook_app`.
    Application,
}

impl Role {
    /// The user names of all roles.
    pub(crate) const USERS: [&str; 3] = [Self::Superuser.user(), Self::Owner.user(), Self::Application.user()];

    /// The role's name in PostgreSQL.
    pub const fn user(self) -> &'static str {
        match self {
            Self::Superuser => "postgres",
            Self::Owner => "daybook_owner",
            Self::Application => "daybook",
        }
    }
}

/// A private cluster as its clients see it.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) port: u16,
    pub(crate) passwords: Passwords,
}

impl Address {
    pub(crate) fn url(&self, database: &str, role: Role) -> String {
        let (user, password, port) = (role.user(), self.passwords.of(role.user()), self.port);
        // Without TLS, on loopback: asking for it would cost a round trip.
        format!("postgres://{user}:{password}@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    fn options(&self, database: &str, role: Role) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(role.user())
            .password(self.passwords.of(role.user()))
            .database(database)
            .ssl_mode(PgSslMode::Disable)
    }

    /// A pool that opens its connections when they are first needed.
    pub(crate) fn pool(&self, database: &str, role: Role) -> PgPool {
        PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(SQL_LIMIT)
            .connect_lazy_with(self.options(database, role))
    }

    /// One connection for administration; its statements may carry passwords and are not logged.
    pub(crate) async fn connect(&self, database: &str, role: Role) -> Result<PgConnection, Error> {
        let options = self.options(database, role).disable_statement_logging();
        within(SQL_LIMIT, "connecting to PostgreSQL", PgConnection::connect_with(&options))
            .await?
            .tried(|| format!("connect to the database {database} as {}", role.user()))
    }
}

/// Gives an operation a bounded time.
pub(crate) async fn within<T>(limit: Duration, what: &str, operation: impl Future<Output = T>) -> Result<T, Error> {
    tokio::time::timeout(limit, operation).await.map_err(|_| Error::TimedOut { what: what.to_owned(), limit })
}
