//! What an API key may be used for.

use std::collections::BTreeSet;

use crate::fields::{Field, InvalidField, Rule};
use crate::user::Role;

/// One use of an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Its owner's own calendar, as if logged in.
    Calendar,
    /// The events of all calendars, without personal data.
    Analytics,
}

impl Scope {
    const ALL: [Self; 2] = [Self::Calendar, Self::Analytics];

    /// `calendar` or `analytics`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calendar => "calendar",
            Self::Analytics => "analytics",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    const fn is_open_to(self, role: Role) -> bool {
        matches!((self, role), (Self::Calendar, _) | (_, Role::Admin))
    }
}

/// The uses of an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// The scopes that a request asks for: at least one, each known.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidField> {
        let unknown = Field::Scopes.breaks(Rule::Form("be a list of: calendar, analytics"));
        let scopes: BTreeSet<_> =
            words.into_iter().map(|word| Scope::parse(word).ok_or(unknown)).collect::<Result<_, _>>()?;
        if scopes.is_empty() { Err(Field::Scopes.breaks(Rule::Empty)) } else { Ok(Self(scopes)) }
    }

    /// Whether the key may be used for this.
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// The scopes, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }

    /// Whether somebody with this role may make such a key.
    pub(crate) fn are_open_to(&self, role: Role) -> bool {
        self.iter().all(|scope| scope.is_open_to(role))
    }

    /// The scopes that somebody with this role may use.
    pub(crate) fn for_role(mut self, role: Role) -> Self {
        self.0.retain(|scope| scope.is_open_to(role));
        self
    }

    pub(crate) fn stored(&self) -> Vec<&'static str> {
        self.iter().map(Scope::as_str).collect()
    }

    /// The scopes of a stored key. A word that only a newer version of the program knows grants nothing here.
    pub(crate) fn from_stored(words: &[String]) -> Self {
        Self(words.iter().filter_map(|word| Scope::parse(word)).collect())
    }
}

impl Default for Scopes {
    /// The owner's calendar only.
    fn default() -> Self {
        Self(BTreeSet::from([Scope::Calendar]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_known_words_and_at_least_one() {
        let scopes = Scopes::parse(["analytics", "calendar", "analytics"]).unwrap();
        assert_eq!(scopes.stored(), ["calendar", "analytics"]);
        assert_eq!(Scopes::from_stored(&["calendar".into(), "analytics".into(), "later".into()]), scopes);
        assert_eq!(Scopes::parse([]), Err(Field::Scopes.breaks(Rule::Empty)));
        for word in ["", "Calendar", "admin", "calendar,analytics"] {
            assert!(matches!(Scopes::parse([word]).unwrap_err().rule, Rule::Form(_)), "{word}");
        }
    }

    #[test]
    fn analytics_is_for_admins_and_is_lost_with_the_role() {
        let both = Scopes::parse(["calendar", "analytics"]).unwrap();
        assert!(both.are_open_to(Role::Admin));
        assert!(!both.are_open_to(Role::User));
        assert!(Scopes::default().are_open_to(Role::User));
        assert_eq!(both.clone().for_role(Role::Admin), both);
        assert_eq!(both.for_role(Role::User), Scopes::default());
    }
}
