//! What people type into a form, parsed once at the edge into types that cannot hold anything else.

mod api_key_name;
mod email;
mod line;
mod password;
mod person_name;
mod reserved;
mod username;
mod username_candidates;

use std::fmt;

pub use api_key_name::ApiKeyName;
pub use email::Email;
pub use password::{Password, PasswordAttempt};
pub use person_name::PersonName;
pub use username::Username;
pub(crate) use username_candidates::username_candidates;

/// A field that breaks a rule. Its text is the message for the field; it never repeats what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct InvalidField {
    /// The field.
    pub field: Field,
    /// The rule that it breaks.
    pub rule: Rule,
}

/// A field of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// `email`
    Email,
    /// `username`
    Username,
    /// `name`, of a person or of an API key
    Name,
    /// `password`
    Password,
    /// `scopes`
    Scopes,
    /// `limit`
    Limit,
    /// `cursor`
    Cursor,
}

impl Field {
    /// The field's name in JSON and in query strings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Username => "username",
            Self::Name => "name",
            Self::Password => "password",
            Self::Scopes => "scopes",
            Self::Limit => "limit",
            Self::Cursor => "cursor",
        }
    }

    pub(crate) const fn breaks(self, rule: Rule) -> InvalidField {
        InvalidField { field: self, rule }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A rule about a field; reads as the end of a sentence about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// Nothing but white space, or an empty list.
    #[error("must not be empty")]
    Empty,
    /// Fewer characters than this.
    #[error("must have at least {0} characters")]
    TooShort(usize),
    /// More characters than this.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// A control character, a line break, or one that turns the direction of the text.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// A double quote, which would end a quoted parameter in a mail header or a calendar file.
    #[error("must not contain quotation marks")]
    QuotationMark,
    /// A name that a page or a route of the program already has.
    #[error("is reserved")]
    Reserved,
    /// A number outside these bounds, both inclusive.
    #[error("must be from {0} to {1}")]
    Range(u32, u32),
    /// Not of the form the field asks for.
    #[error("must {0}")]
    Form(&'static str),
}
