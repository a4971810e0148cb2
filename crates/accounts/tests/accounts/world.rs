//! What every test starts from: a database of its own, and people.

use chrono::{DateTime, TimeDelta, Utc};
use daybook_accounts::fields::{Email, Password, PasswordAttempt, PersonName, Username};
use daybook_accounts::{Accounts, LogIn, NewUser, Role, User, UserId};
use daybook_testkit::TestDatabase;
use sqlx::PgPool;
use uuid::Uuid;

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    pub(crate) accounts: Accounts,
    database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::create().await.unwrap();
        Self { accounts: Accounts::new(database.pool()), database }
    }

    /// Connections of the application's role.
    pub(crate) fn pool(&self) -> PgPool {
        self.database.pool()
    }

    /// Connections of the role that owns the tables.
    pub(crate) fn owner_pool(&self) -> PgPool {
        self.database.owner_pool()
    }

    /// Registers somebody called this, as `<name>@example.com`.
    pub(crate) async fn register(&self, name: &str) -> User {
        self.accounts.register(&person(name), noon()).await.unwrap()
    }

    /// Registers an admin called this.
    pub(crate) async fn register_admin(&self, name: &str) -> User {
        let admin = NewUser { role: Role::Admin, ..person(name) };
        self.accounts.register(&admin, noon()).await.unwrap()
    }

    /// Logs somebody in with their right password.
    pub(crate) async fn log_in(&self, user: &User) -> LogIn {
        self.accounts.log_in(user.email.as_str(), &attempt(PASSWORD), None, noon()).await.unwrap()
    }

    /// All rows of a table as one text.
    pub(crate) async fn dump(&self, table: &str) -> String {
        let query = format!("SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM {table} t");
        sqlx::query_scalar(&query).fetch_one(&self.pool()).await.unwrap()
    }
}

/// Somebody who has no account yet.
pub(crate) fn person(name: &str) -> NewUser {
    NewUser {
        id: UserId(Uuid::now_v7()),
        email: email(&format!("{name}@example.com")),
        name: PersonName::parse(name).unwrap(),
        username: None,
        password: Password::parse(PASSWORD).unwrap(),
        role: Role::User,
        opening_time_zone: "Europe/Berlin".to_owned(),
    }
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

pub(crate) fn username(text: &str) -> Username {
    Username::parse(text).unwrap()
}

pub(crate) fn attempt(text: &str) -> PasswordAttempt {
    PasswordAttempt::new(text)
}

/// When things happen unless a test says otherwise.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// Some time after noon.
pub(crate) fn later(minutes: i64) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(minutes)
}
