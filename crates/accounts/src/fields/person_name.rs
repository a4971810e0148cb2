//! What a person is called.

use std::fmt;

use super::line::line;
use super::{Field, InvalidField, Rule};

/// A person's name: one line of 1 to 120 characters with at least one letter or digit, without control characters or
/// double quotes (it is written into mail headers and calendar files).
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// The name, white space around it removed.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        let name = line(text, 120).map_err(|rule| Field::Name.breaks(rule))?;
        if name.contains('"') {
            return Err(Field::Name.breaks(Rule::QuotationMark));
        }
        // Otherwise a name of zero-width characters would be shown as nothing at all.
        if !name.contains(char::is_alphanumeric) {
            return Err(Field::Name.breaks(Rule::Form("contain a letter or a digit")));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Keeps names out of logs.
impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(text: &str) -> Rule {
        let invalid = PersonName::parse(text).expect_err(text);
        assert_eq!(invalid.field, Field::Name);
        invalid.rule
    }

    #[test]
    fn names_of_all_the_world_are_names() {
        for text in ["Anna", "José O'Neil-Müller", "李小龍", "محمد", "Ng", "X Æ A-12", "S. 🦀 Ferris", &"ä".repeat(120)]
        {
            assert_eq!(PersonName::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(PersonName::parse("  Anna \u{3000}").unwrap().as_str(), "Anna");
    }

    #[test]
    fn each_refusal_names_its_rule() {
        assert_eq!(rule(""), Rule::Empty);
        assert_eq!(rule(" \u{a0} "), Rule::Empty);
        assert_eq!(rule(&"a".repeat(121)), Rule::TooLong(120));
        assert_eq!(rule("Anna\r\nBcc: eve@example.com"), Rule::ControlCharacter);
        assert_eq!(rule("Anna\n"), Rule::ControlCharacter);
        assert_eq!(rule("Anna\0"), Rule::ControlCharacter);
        assert_eq!(rule("\u{202E}annA"), Rule::ControlCharacter);
        assert_eq!(rule("Anna \"The Rock\" B"), Rule::QuotationMark);
        assert_eq!(rule("\u{200B}\u{200B}"), Rule::Form("contain a letter or a digit"));
    }

    proptest! {
        #[test]
        fn an_accepted_name_is_one_trimmed_line_that_is_accepted_again(text in any::<String>()) {
            if let Ok(name) = PersonName::parse(&text) {
                prop_assert_eq!(name.as_str().trim(), name.as_str());
                prop_assert!(!name.as_str().contains(char::is_control));
                prop_assert!((1..=120).contains(&name.as_str().chars().count()));
                prop_assert_eq!(PersonName::parse(name.as_str()), Ok(name.clone()));
            }
        }
    }
}
