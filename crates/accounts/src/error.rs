//! What can go wrong with accounts: refusals name the rule that was broken; the rest is the machine's fault.

use sqlx::error::{DatabaseError, ErrorKind};

/// Why something about an account was not done.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// Another account has this e-mail address.
    #[error("an account with this e-mail address exists already")]
    EmailTaken,
    /// Another account has this username.
    #[error("this username is taken")]
    UsernameTaken,
    /// A host or another team has this place in booking URLs.
    #[error("this place in booking URLs is taken")]
    TeamPageTaken,
    /// The account does not exist, or not any more.
    #[error("there is no such account")]
    UserNotFound,
    /// The current password, asked for before a new one is set, is another.
    #[error("the current password is wrong")]
    WrongCurrentPassword,
    /// Only admins make keys to the analytics feed.
    #[error("only an admin may make an API key with the analytics scope")]
    AnalyticsNeedsAdmin,
    /// The log-in was refused. The text is the same for every reason: it must not tell who has an account.
    #[error("the e-mail address or the password is wrong")]
    LogInRefused(LogInRefusal),
    /// Not now; the same request may succeed in a moment.
    #[error("accounts are unavailable at the moment")]
    Unavailable(#[source] Unavailable),
    /// A fault of the program or of the data.
    #[error("an account could not be read or written")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why a log-in was refused: for counters and for the owner's log, never for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogInRefusal {
    /// No account has this address.
    UnknownEmail,
    /// The account has another password.
    WrongPassword,
}

impl LogInRefusal {
    /// The refusal as the label of a counter.
    pub const fn label(self) -> &'static str {
        match self {
            Self::UnknownEmail => "unknown_email",
            Self::WrongPassword => "wrong_password",
        }
    }
}

/// What was not there in time.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// The database did not answer in time.
    #[error("the database did not answer in time")]
    QueryTimedOut,
    /// Too many passwords are waiting to be checked.
    #[error("too many passwords are waiting to be checked")]
    PasswordQueueFull,
    /// The database cannot be reached, or gave up.
    #[error("the database is unavailable")]
    Database(#[source] sqlx::Error),
}

impl AccountsError {
    pub(crate) fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(cause))
    }
}

impl From<sqlx::Error> for AccountsError {
    fn from(error: sqlx::Error) -> Self {
        if let Some(refusal) = error.as_database_error().and_then(refusal) {
            return refusal;
        }
        if is_transient(&error) {
            return Self::Unavailable(Unavailable::Database(error));
        }
        match error.as_database_error() {
            Some(error) => Self::internal(DatabaseFault::from(error)),
            None => Self::internal(error),
        }
    }
}

/// What PostgreSQL says of a fault, without its detail, which quotes the whole row: addresses do not belong in a log.
#[derive(Debug, thiserror::Error)]
#[error("{message} (SQLSTATE {code})")]
struct DatabaseFault {
    message: String,
    code: String,
}

impl From<&dyn DatabaseError> for DatabaseFault {
    fn from(error: &dyn DatabaseError) -> Self {
        Self { message: error.message().to_owned(), code: error.code().unwrap_or_default().into_owned() }
    }
}

/// The rule of the schema that a statement broke.
fn refusal(error: &dyn DatabaseError) -> Option<AccountsError> {
    match (error.kind(), error.constraint()) {
        (ErrorKind::UniqueViolation, Some("users_email_key")) => Some(AccountsError::EmailTaken),
        (ErrorKind::UniqueViolation, Some("users_username_key")) => Some(AccountsError::UsernameTaken),
        (ErrorKind::UniqueViolation, Some("team_pages_slug_key")) => Some(AccountsError::TeamPageTaken),
        (ErrorKind::ForeignKeyViolation, Some("sessions_user_id_fkey" | "api_keys_user_id_fkey")) => {
            Some(AccountsError::UserNotFound)
        }
        _ => None,
    }
}

fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        // SQLSTATE classes: connection, transaction rollback (deadlock), resources, object state (lock timeout), operator
        // (statement timeout, shutdown). PostgreSQL, appendix A.
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| ["08", "40", "53", "55", "57"].iter().any(|class| code.starts_with(class)))
        }
        _ => false,
    }
}
