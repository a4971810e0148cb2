//! What a person calls one of their API keys.

use std::fmt;

use super::line::line;
use super::{Field, InvalidField};

/// An API key's name: one line of 1 to 120 characters without control characters.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct ApiKeyName(String);

impl ApiKeyName {
    /// The name, white space around it removed.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        line(text, 120).map(|name| Self(name.to_owned())).map_err(|rule| Field::Name.breaks(rule))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApiKeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rule;
    use super::*;

    #[test]
    fn a_key_is_named_by_one_line() {
        assert_eq!(ApiKeyName::parse(" CRM \"old\" ").unwrap().as_str(), "CRM \"old\"");
        let rule = |text: &str| ApiKeyName::parse(text).unwrap_err().rule;
        assert_eq!(rule("  "), Rule::Empty);
        assert_eq!(rule("a\tb"), Rule::ControlCharacter);
        assert_eq!(rule(&"a".repeat(121)), Rule::TooLong(120));
    }
}
