//! Passwords, in the short time between the request and their hash.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::line::is_control;
use super::{Field, InvalidField, Rule};

/// The fewest characters of a password.
const LEAST: usize = 8;
/// The most characters of a password.
const MOST: usize = 128;

/// A password somebody chose: 8 to 128 characters, no control characters. Never printed, wiped when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// The password, prepared so that other keyboards give the same one.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        let password = prepared(text);
        if password.contains(is_control) {
            return Err(Field::Password.breaks(Rule::ControlCharacter));
        }
        match password.chars().count() {
            ..LEAST => Err(Field::Password.breaks(Rule::TooShort(LEAST))),
            LEAST..=MOST => Ok(Self(password)),
            _ => Err(Field::Password.breaks(Rule::TooLong(MOST))),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What somebody typed to prove who they are. No rule is applied, since rules may have been others when the password was
/// chosen, and since a refusal here would tell something. Never printed, wiped when dropped.
#[derive(Clone)]
pub struct PasswordAttempt(Zeroizing<String>);

impl PasswordAttempt {
    /// What was typed, prepared like a password.
    pub fn new(text: &str) -> Self {
        Self(prepared(text))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for PasswordAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordAttempt(…)")
    }
}

/// The `OpaqueString` profile of RFC 8265 §4.2: any space becomes U+0020, then NFC; so "é" is the same password whether
/// the keyboard sends one character or two.
fn prepared(text: &str) -> Zeroizing<String> {
    // NFC can triple the bytes (UAX #15); with room for that, the string never moves and leaves no copy behind.
    let mut password = Zeroizing::new(String::with_capacity(text.len().saturating_mul(3)));
    password.extend(text.chars().map(|c| if is_space(c) { ' ' } else { c }).nfc());
    password
}

/// General category Zs.
const fn is_space(c: char) -> bool {
    matches!(c, '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(text: &str) -> Rule {
        let invalid = Password::parse(text).expect_err("a refusal");
        assert_eq!(invalid.field, Field::Password);
        invalid.rule
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(rule("1234567"), Rule::TooShort(8));
        assert_eq!(rule(""), Rule::TooShort(8));
        assert_eq!(rule("äöüäöüä"), Rule::TooShort(8));
        assert!(Password::parse("äöüäöüäö").is_ok());
        assert!(Password::parse(&"ß".repeat(128)).is_ok());
        assert_eq!(rule(&"ß".repeat(129)), Rule::TooLong(128));
    }

    #[test]
    fn control_characters_are_refused() {
        for text in ["correct\nhorse", "correct\0horse", "correct horse\u{7f}", "correct\u{85}horse"] {
            assert_eq!(rule(text), Rule::ControlCharacter);
        }
    }

    #[test]
    fn white_space_at_the_ends_belongs_to_the_password() {
        assert_eq!(Password::parse("  correct  ").unwrap().as_bytes(), b"  correct  ");
    }

    #[test]
    fn two_keyboards_type_the_same_password() {
        let (composed, decomposed) = ("caf\u{e9}-cr\u{e8}me", "cafe\u{301}-cre\u{300}me");
        let chosen = Password::parse(composed).unwrap();
        assert_eq!(chosen.as_bytes(), PasswordAttempt::new(decomposed).as_bytes());
        assert_eq!(Password::parse("correct\u{a0}horse").unwrap().as_bytes(), b"correct horse");
    }

    #[test]
    fn neither_a_password_nor_an_attempt_reaches_a_debug_print() {
        assert_eq!(format!("{:?}", Password::parse("correct horse").unwrap()), "Password(…)");
        assert_eq!(format!("{:?}", PasswordAttempt::new("correct horse")), "PasswordAttempt(…)");
    }

    proptest! {
        #[test]
        fn preparing_never_outgrows_the_room_that_was_made(text in any::<String>()) {
            let room = text.len().saturating_mul(3);
            prop_assert!(prepared(&text).len() <= room);
        }

        #[test]
        fn an_attempt_at_a_chosen_password_is_the_same_bytes(text in "\\PC{8,40}") {
            if let Ok(chosen) = Password::parse(&text) {
                let attempt = PasswordAttempt::new(&text);
                prop_assert_eq!(attempt.as_bytes(), chosen.as_bytes());
            }
        }
    }
}
