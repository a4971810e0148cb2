//! E-mail addresses.

use std::fmt;

use super::line::line;
use super::{Field, InvalidField, Rule};

const FORM: Rule = Rule::Form("be an e-mail address such as anna@example.com");

/// An e-mail address: the dot-atom form of RFC 5321 §4.1.2 with a domain name of two or more labels, at most 254
/// characters, ASCII only (an internationalised domain is written as `xn--…`). Quoted local parts and address literals
/// are refused: nobody receives mail there, and quotes break out of headers.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Email(String);

impl Email {
    /// The address, white space around it removed.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        let text = line(text, 254).map_err(|rule| Field::Email.breaks(rule))?;
        let (local, domain) = text.rsplit_once('@').ok_or(Field::Email.breaks(FORM))?;
        if is_local_part(local) && is_domain(domain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Field::Email.breaks(FORM))
        }
    }

    /// The address as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address in lower case: two addresses with the same key are the same account.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The part before the `@`.
    pub(super) fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Keeps addresses out of logs.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// RFC 5321 §4.5.3.1.1 and the `Dot-string` of §4.1.2.
fn is_local_part(local: &str) -> bool {
    local.len() <= 64 && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_text))
}

/// `atext` of RFC 5322 §3.2.3.
const fn is_atom_text(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?')
        || matches!(byte, b'^'..=b'`' | b'{'..=b'~')
}

fn is_domain(domain: &str) -> bool {
    let top = domain.rsplit('.').next().unwrap_or_default();
    // A top label of digits would be an IPv4 address.
    domain.contains('.') && domain.split('.').all(is_label) && !top.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(text: &str) -> Rule {
        let invalid = Email::parse(text).expect_err(text);
        assert_eq!(invalid.field, Field::Email);
        invalid.rule
    }

    #[test]
    fn ordinary_addresses_are_kept_as_typed_and_compared_in_lower_case() {
        for text in
            ["anna@example.com", "Anna.O'Neil+book@Mail.Example.co.uk", "a@b.de", "x_y=z@xn--mnchen-3ya.example"]
        {
            let email = Email::parse(text).unwrap();
            assert_eq!(email.as_str(), text);
            assert_eq!(email.key(), text.to_lowercase());
        }
        assert_eq!(Email::parse("  anna@example.com ").unwrap().as_str(), "anna@example.com");
    }

    #[test]
    fn what_is_no_address_is_refused_by_form() {
        for text in [
            "anna",
            "@",
            "@example.com",
            "anna@",
            "anna@localhost",
            "a b@example.com",
            "anna@exa mple.com",
            "anna@@example.com",
            "a@b@example.com",
            ".anna@example.com",
            "an..na@example.com",
            "anna.@example.com",
            "anna@-example.com",
            "anna@example-.com",
            "anna@example..com",
            "anna@.example.com",
            "anna@example.com.",
            "anna@192.0.2.1",
            "anna@[192.0.2.1]",
            "\"anna\"@example.com",
            "Anna <anna@example.com>",
            "änna@example.com",
            "anna@exämple.com",
            "anna,eve@example.com",
            "anna;@example.com",
            "anna(x)@example.com",
            "an\\na@example.com",
        ] {
            assert_eq!(rule(text), FORM, "{text}");
        }
    }

    #[test]
    fn an_address_is_neither_empty_nor_longer_than_the_protocol_allows() {
        assert_eq!(rule(" "), Rule::Empty);
        let domain = format!("{}.example.com", ["d".repeat(60), "e".repeat(60), "f".repeat(60)].join("."));
        let fits = format!("{}@{domain}", "a".repeat(254 - domain.len() - 1));
        assert_eq!(fits.len(), 254);
        assert_eq!(Email::parse(&fits).unwrap().as_str(), fits);
        assert_eq!(rule(&format!("a{fits}")), Rule::TooLong(254));
        assert_eq!(rule(&format!("{}@example.com", "a".repeat(65))), FORM);
        assert_eq!(rule(&format!("a@{}.com", "d".repeat(64))), FORM);
    }

    #[test]
    fn an_address_does_not_reach_a_debug_print() {
        assert_eq!(format!("{:?}", Email::parse("anna@example.com").unwrap()), "Email(…)");
    }

    proptest! {
        #[test]
        fn no_accepted_address_can_break_out_of_a_header(text in "\\PC{0,20}[@.a-z\\x00-\\x1f\"<>,;]{0,12}@?[a-z.\\PC]{0,20}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert!(email.as_str().bytes().all(|b| b.is_ascii_graphic() && !b"\"<>(),;:\\[]".contains(&b)));
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
            }
        }

        #[test]
        fn an_accepted_address_is_accepted_again_unchanged(text in "[a-zA-Z0-9.+_-]{1,12}@[a-z0-9.-]{1,16}\\.[a-z]{2,4}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                let key = email.key();
                prop_assert_eq!(Email::parse(&key).unwrap().key(), key);
            }
        }

        #[test]
        fn a_control_character_anywhere_is_named_as_such(
            at in 0_usize..16, control in prop_oneof![0_u32..0x20, 0x7f_u32..0xa0, Just(0x2028), Just(0x202E)],
        ) {
            let mut text = "anna@example.com".to_owned();
            text.insert(at, char::from_u32(control).unwrap());
            prop_assert_eq!(rule(&text), Rule::ControlCharacter);
        }
    }
}
