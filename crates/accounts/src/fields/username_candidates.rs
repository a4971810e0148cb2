//! Usernames for somebody who did not choose one.

use std::iter;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use uuid::Uuid;

use super::username::MOST;
use super::{Email, PersonName, Username};

/// The username of last resort, when neither name nor address has three usable letters.
const FALLBACK: &str = "host";
/// Longest suffix: a hyphen and nine digits.
const SUFFIX: usize = 10;

/// Usernames made of the name, else of the address, best first: `anna-berg`, `anna-berg-2` … `anna-berg-9`, then with
/// digits of the id, which nobody else is likely to have.
pub(crate) fn username_candidates(name: &PersonName, email: &Email, id: Uuid) -> Vec<Username> {
    let word = [name.as_str(), email.local_part()]
        .into_iter()
        .map(word)
        .find(|word| word.len() >= super::username::LEAST)
        .unwrap_or_else(|| FALLBACK.to_owned());
    // With leading zeros: six digits and nine are never the same.
    let of_id = |digits: u8| {
        let number = id.as_u128() % 10_u128.pow(digits.into());
        format!("{number:0width$}", width = usize::from(digits))
    };
    let suffixes = (2..=9).map(|n: u32| n.to_string()).chain([of_id(6), of_id(9)]);
    iter::once(word.clone())
        .chain(suffixes.map(|suffix| format!("{word}-{suffix}")))
        // Drops what is reserved, so that somebody called Users becomes users-2.
        .filter_map(|candidate| Username::parse(&candidate).ok())
        .collect()
}

/// The text in the letters of a username, with room left for a suffix.
fn word(text: &str) -> String {
    let mut word = String::new();
    for c in text.chars().flat_map(char::to_lowercase).nfkd().filter(|c| !is_combining_mark(*c)) {
        match latin(c) {
            "" if c.is_ascii_alphanumeric() => word.push(c),
            "" if c == '\'' || c == '’' => {}
            "" if !word.is_empty() && !word.ends_with('-') => word.push('-'),
            letters => word.push_str(letters),
        }
    }
    word.truncate(MOST - SUFFIX);
    word.trim_end_matches('-').to_owned()
}

/// The usual spelling of Latin letters that have no decomposition.
const fn latin(c: char) -> &'static str {
    match c {
        'ß' => "ss",
        'ø' => "o",
        'ł' => "l",
        'æ' => "ae",
        'œ' => "oe",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidates(name: &str, email: &str) -> Vec<String> {
        let id = Uuid::from_u128(0x019a_9f3e_7c1d_7e4b_9a50_0d3c_5f6a_7b8c);
        let candidates = username_candidates(&PersonName::parse(name).unwrap(), &Email::parse(email).unwrap(), id);
        candidates.into_iter().map(|username| username.to_string()).collect()
    }

    #[test]
    fn the_name_makes_the_username() {
        let first = |name| candidates(name, "someone@example.com").swap_remove(0);
        assert_eq!(first("Anna Berg"), "anna-berg");
        assert_eq!(first("José  O'Neil-Müller"), "jose-oneil-muller");
        assert_eq!(first("Søren Łukasz Weiß"), "soren-lukasz-weiss");
        assert_eq!(first("Dr. Anna B."), "dr-anna-b");
        assert_eq!(first("İpek"), "ipek");
    }

    #[test]
    fn a_name_without_usable_letters_gives_way_to_the_address_and_that_to_host() {
        assert_eq!(candidates("李小龍", "bruce.lee@example.com")[0], "bruce-lee");
        assert_eq!(candidates("Al", "al.bundy+cal@example.com")[0], "al-bundy-cal");
        assert_eq!(candidates("李小龍", "li@example.com")[0], "host-2", "'host' itself is reserved");
    }

    #[test]
    fn numbers_follow_the_plain_word_and_then_digits_of_the_id() {
        let candidates = candidates("Anna", "anna@example.com");
        assert_eq!(candidates[..3], ["anna", "anna-2", "anna-3"]);
        assert_eq!(candidates.len(), 11);
        assert_eq!(candidates[8], "anna-9");
        assert_eq!((candidates[9].len(), candidates[10].len()), ("anna-".len() + 6, "anna-".len() + 9));
    }

    #[test]
    fn digits_of_an_id_that_begin_with_zeros_differ_too() {
        let (name, email) = (PersonName::parse("Anna").unwrap(), Email::parse("anna@example.com").unwrap());
        let candidates = username_candidates(&name, &email, Uuid::from_u128(1_000_000_042));
        let last: Vec<&str> = candidates[9..].iter().map(Username::as_str).collect();
        assert_eq!(last, ["anna-000042", "anna-000000042"]);
    }

    #[test]
    fn a_reserved_word_is_only_taken_with_a_number() {
        assert_eq!(candidates("Users", "users@example.com")[0], "users-2");
    }

    proptest! {
        #[test]
        fn everybody_gets_candidates(name in "\\PC{1,120}", email in "[a-z.]{1,20}@example\\.com", id in any::<u128>()) {
            if let (Ok(name), Ok(email)) = (PersonName::parse(&name), Email::parse(&email)) {
                let candidates = username_candidates(&name, &email, Uuid::from_u128(id));
                prop_assert!(candidates.len() >= 8);
                prop_assert!(candidates.is_sorted_by(|a, b| a != b));
            }
        }
    }
}
