//! The people who have an account.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::fields::{Email, Password, PasswordAttempt, PersonName, Username};

/// Whose account it is; also the id of their calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct UserId(pub Uuid);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a person may do beyond their own calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Role {
    /// Nothing.
    User,
    /// Whatever any host may, and keys to the analytics feed.
    Admin,
}

impl Role {
    /// `user` or `admin`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of user, admin")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        [Self::User, Self::Admin].into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

/// An account, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct User {
    /// Whose account it is.
    pub id: UserId,
    /// Where they are written to, as they typed it.
    pub email: Email,
    /// What they are called.
    pub name: PersonName,
    /// Their part of booking URLs.
    pub username: Username,
    /// What they may do.
    pub role: Role,
    /// The IANA zone their calendar was, or is still to be, opened in. The calendar's own events say what it is today.
    pub opening_time_zone: String,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When anything above changed last.
    pub updated_at: DateTime<Utc>,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Its id, a UUID v7.
    pub id: UserId,
    /// Where they are written to.
    pub email: Email,
    /// What they are called.
    pub name: PersonName,
    /// Their part of booking URLs; without one it is made of the name or the address.
    pub username: Option<Username>,
    /// How they will log in.
    pub password: Password,
    /// What they may do.
    pub role: Role,
    /// The zone their calendar opens in: an IANA name that the caller has looked up.
    pub opening_time_zone: String,
}

/// What is to change about an account; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct UserChanges {
    /// A new address.
    pub email: Option<Email>,
    /// A new name.
    pub name: Option<PersonName>,
    /// A new part of booking URLs; the old one becomes free.
    pub username: Option<Username>,
    /// A new password; ends every other session.
    pub password: Option<PasswordChange>,
}

/// A new password, with the proof that it is the owner who asks and not somebody at their unlocked screen.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// The password until now, as typed.
    pub current: PasswordAttempt,
    /// The password from now on.
    pub new: Password,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_as_it_is_printed() {
        for role in [Role::User, Role::Admin] {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert_eq!("Admin".parse::<Role>(), Err(UnknownRole));
    }
}
