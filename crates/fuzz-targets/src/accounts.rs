//! What people type into the forms of an account, and the secrets that they show.

use std::fmt::{Debug, Display};

use daybook_accounts::fields::{ApiKeyName, Email, InvalidField, Password, PasswordAttempt, PersonName, Username};
use daybook_accounts::{ApiKeyToken, Cursor, Role, Scope, Scopes, SessionToken};
use daybook_domain::text::{EmailAddress, Name, Slug};
use uuid::Uuid;

/// Addresses, names, passwords, scopes, tokens and cursors.
///
/// What is accepted here the domain accepts, too, since a host may be somebody's guest; secrets have one spelling only.
pub fn accounts(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Some(email) = field("email", Email::parse(text), Email::parse) {
        let email = email.as_str();
        let is_plain = |b: u8| b.is_ascii_graphic() && !b"\"<>(),;:\\[]".contains(&b);
        assert!(email.len() <= 254 && email.bytes().all(is_plain), "{email:?}");
        assert!(EmailAddress::parse(email).is_ok_and(|address| address.as_str() == email), "{email:?}");
        let key = Email::parse(email).expect("accepted just now").key();
        assert_eq!(key, EmailAddress::parse(email).expect("accepted just now").key());
        assert!(Email::parse(&key).is_ok_and(|again| again.key() == key), "{key:?}");
    }
    if let Some(username) = field("username", Username::parse(text), Username::parse) {
        let username = username.as_str();
        assert!((3..=40).contains(&username.len()) && Uuid::try_parse(username).is_err(), "{username:?}");
        assert!(Slug::parse(username).is_ok_and(|slug| slug.as_str() == username), "teams share the names of hosts");
    }
    if let Some(name) = field("name", PersonName::parse(text), PersonName::parse) {
        let name = name.as_str();
        assert!(Name::parse(name).is_ok_and(|known| known.as_str() == name), "{name:?}");
        assert!(!name.contains('"') && name.contains(char::is_alphanumeric), "{name:?}");
    }
    field("name", ApiKeyName::parse(text), ApiKeyName::parse);
    // A password shows nothing of itself, so all that is held is that it is read, or refused by its field.
    if let Err(invalid) = Password::parse(text) {
        refused("password", invalid);
    }
    let _ = PasswordAttempt::new(text);
    scopes(text);
    if let Some(key) = ApiKeyToken::parse(text) {
        assert_eq!(*key.expose(), text, "a key has one spelling");
    }
    if let Some(session) = SessionToken::parse(text) {
        assert_eq!(*session.expose(), text, "a session has one spelling");
    }
    match Cursor::<(i64, Uuid)>::parse(text) {
        Ok(cursor) => assert_eq!(Cursor::parse(&cursor.to_string()), Ok(cursor)),
        Err(invalid) => refused("cursor", invalid),
    }
    if let Ok(role) = text.parse::<Role>() {
        assert_eq!(role.as_str(), text);
    }
}

/// A line of text that was judged; what was accepted is accepted again as it stands.
fn field<T: Debug + Display + PartialEq>(
    name: &str,
    judged: Result<T, InvalidField>,
    parse: fn(&str) -> Result<T, InvalidField>,
) -> Option<String> {
    match judged {
        Ok(value) => {
            let text = value.to_string();
            assert!(!text.is_empty() && text.trim() == text && text.chars().count() <= 254, "{text:?}");
            let steers =
                |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
            assert!(!text.contains(steers), "{text:?}");
            assert_eq!(parse(&text).as_ref(), Ok(&value), "accepted again");
            Some(text)
        }
        Err(invalid) => {
            refused(name, invalid);
            None
        }
    }
}

fn refused(name: &str, invalid: InvalidField) {
    assert_eq!(invalid.field.as_str(), name);
    let rule = invalid.to_string();
    assert!(rule.starts_with("must ") || rule == "is reserved", "{rule}");
}

fn scopes(text: &str) {
    match Scopes::parse(text.split(',')) {
        Ok(scopes) => {
            assert!(scopes.contains(Scope::Calendar) || scopes.contains(Scope::Analytics));
            let again: Vec<String> = text.split(',').rev().map(str::to_owned).collect();
            assert_eq!(Scopes::parse(again.iter().map(String::as_str)), Ok(scopes), "their order says nothing");
        }
        Err(invalid) => refused("scopes", invalid),
    }
}
