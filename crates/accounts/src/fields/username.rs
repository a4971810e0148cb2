//! The part of a booking URL that names its host.

use std::fmt;

use uuid::Uuid;

use super::line::line;
use super::reserved::is_reserved;
use super::{Field, InvalidField, Rule};

/// The fewest characters of a username.
pub(super) const LEAST: usize = 3;
/// The most characters of a username.
pub(super) const MOST: usize = 40;

/// A username: 3 to 40 lower-case letters, digits and single hyphens between them. Never a word that names a route, nor a
/// UUID, since `/users/{id or username}` takes both.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct Username(String);

impl Username {
    /// The username in lower case, white space around it removed.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        parse(text).map(Self).map_err(|rule| Field::Username.breaks(rule))
    }

    /// The username.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn parse(text: &str) -> Result<String, Rule> {
    const FORM: Rule = Rule::Form("consist of letters a to z, digits, and single hyphens between them");
    let username = line(text, MOST)?.to_ascii_lowercase();
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !username.split('-').all(is_word) {
        return Err(FORM);
    }
    if is_reserved(&username) {
        return Err(Rule::Reserved);
    }
    if username.len() < LEAST {
        return Err(Rule::TooShort(LEAST));
    }
    if Uuid::try_parse(&username).is_ok() {
        return Err(Rule::Form("not be a UUID"));
    }
    Ok(username)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(text: &str) -> Rule {
        let invalid = Username::parse(text).expect_err(text);
        assert_eq!(invalid.field, Field::Username);
        invalid.rule
    }

    #[test]
    fn a_username_is_kept_in_lower_case() {
        for (text, username) in [("anna", "anna"), ("Anna-B2", "anna-b2"), (" 3d-print ", "3d-print"), ("abc", "abc")] {
            assert_eq!(Username::parse(text).unwrap().as_str(), username);
        }
        assert!(Username::parse(&"a".repeat(40)).is_ok());
    }

    #[test]
    fn each_refusal_names_its_rule() {
        assert_eq!(rule(" "), Rule::Empty);
        assert_eq!(rule("ab"), Rule::TooShort(3));
        assert_eq!(rule(&"a".repeat(41)), Rule::TooLong(40));
        assert_eq!(rule("an\u{0}na"), Rule::ControlCharacter);
        for text in ["an na", "änna", "anna_b", "anna.b", "-anna", "anna-", "an--na", "anna/b", "anna%2f", "..", "---"]
        {
            assert!(matches!(rule(text), Rule::Form(_)), "{text}");
        }
    }

    #[test]
    fn a_username_never_shadows_a_route_or_an_id() {
        for text in ["users", "Users", "auth", "availability", "api-keys", "me", "meeting-types", "login", "openapi"] {
            assert_eq!(rule(text), Rule::Reserved, "{text}");
        }
        assert_eq!(rule("019a9f3e-7c1d-7e4b-9a50-0d3c5f6a7b8c"), Rule::Form("not be a UUID"));
        assert_eq!(rule("019a9f3e7c1d7e4b9a500d3c5f6a7b8c"), Rule::Form("not be a UUID"));
        assert!(Username::parse("users-2").is_ok());
    }

    proptest! {
        #[test]
        fn an_accepted_username_needs_no_escape_in_a_url(text in "[-A-Za-z0-9_./% ä\\x00]{1,50}") {
            if let Ok(username) = Username::parse(&text) {
                let username = username.as_str();
                prop_assert!(username.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
                prop_assert!((LEAST..=MOST).contains(&username.len()));
                prop_assert!(!username.starts_with('-') && !username.ends_with('-') && !username.contains("--"));
                prop_assert_eq!(Username::parse(username).map(|again| again.to_string()), Ok(username.to_owned()));
            }
        }
    }
}
