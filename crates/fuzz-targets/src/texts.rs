//! Words that people type, as the domain knows them.

use std::fmt::{Debug, Display};

use daybook_domain::schedule::LocalTime;
use daybook_domain::text::{Color, Description, EmailAddress, HttpUrl, Label, Name, QuestionId, Slug, TextRefused};
use daybook_domain::zone::Zone;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Names, addresses, slugs, colours, links, zones and times of day.
///
/// What is accepted is bounded, free of control characters, and accepted again as it stands; JSON and text agree.
pub fn texts(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    line(text, Name::parse(text), 120);
    line(text, Label::parse(text), 250);
    line(text, HttpUrl::parse(text), 2_000);
    lines(text, Description::parse(text));
    if let Some(slug) = line(text, Slug::parse(text), 64) {
        assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{slug:?}");
    }
    if let Some(id) = line(text, QuestionId::parse(text), 64) {
        assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b)), "{id:?}");
    }
    if let Some(color) = line(text, Color::parse(text), 7) {
        assert!(color.len() == 7 && color.is_ascii() && color == color.to_ascii_lowercase(), "{color:?}");
    }
    if let Some(email) = line(text, EmailAddress::parse(text), 254) {
        assert!(!email.chars().any(|c| c.is_whitespace() || "\"<>(),;:\\[]".contains(c)), "{email:?}");
        assert_eq!(email.matches('@').count(), 1, "{email:?}");
        let key = EmailAddress::parse(&email).expect("accepted just now").key();
        assert_eq!(key, key.to_lowercase(), "a key is the same for every case");
    }
    let slug = Slug::of(text);
    assert_eq!(Slug::parse(slug.as_str()), Ok(slug), "a slug made of a name is one");
    printed::<Zone>(text);
    if let Ok(time) = text.parse::<LocalTime>() {
        assert!(time.minutes() <= 24 * 60 && time.to_string() == text, "{time:?}");
        assert_eq!(LocalTime::from_minutes(time.minutes()), Some(time));
    }
    printed::<LocalTime>(text);
}

/// One line of text that was judged.
fn line<T>(text: &str, judged: Result<T, TextRefused>, most: usize) -> Option<String>
where
    T: Clone + Debug + Display + PartialEq + Serialize + DeserializeOwned + TryFrom<String, Error = TextRefused>,
{
    let line = kept(text, judged)?;
    assert!((1..=most).contains(&line.chars().count()), "{line:?}");
    assert!(!line.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')), "{line:?}");
    assert_eq!(line.trim(), line);
    Some(line)
}

fn lines(text: &str, judged: Result<Description, TextRefused>) {
    let Some(text) = kept(text, judged) else { return };
    assert!(text.chars().count() <= 2_000);
    let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    assert!(!text.chars().any(steers), "{text:?}");
}

/// What was accepted, which is accepted again as it stands, also as JSON.
fn kept<T>(text: &str, judged: Result<T, TextRefused>) -> Option<String>
where
    T: Clone + Debug + Display + PartialEq + Serialize + DeserializeOwned + TryFrom<String, Error = TextRefused>,
{
    let json = serde_json::to_string(text).expect("a text is JSON");
    match judged {
        Ok(value) => {
            let kept = value.to_string();
            assert_eq!(T::try_from(kept.clone()).as_ref(), Ok(&value), "accepted again");
            assert_eq!(serde_json::from_str::<T>(&json).ok().as_ref(), Some(&value), "accepted as JSON");
            assert_eq!(serde_json::to_value(&value).expect("a text is JSON"), kept);
            Some(kept)
        }
        Err(refused) => {
            let rule = refused.to_string();
            assert!(rule.starts_with("must "), "{rule}");
            let error = serde_json::from_str::<T>(&json).expect_err("refused as JSON");
            assert!(error.to_string().starts_with(&rule), "{error}");
            None
        }
    }
}

/// What was accepted is printed as something that means the same, also as JSON.
fn printed<T>(text: &str)
where
    T: std::str::FromStr<Err: Display> + Display + Debug + PartialEq + Serialize + DeserializeOwned,
{
    let json = serde_json::to_string(text).expect("a text is JSON");
    match text.parse::<T>() {
        Ok(value) => {
            assert_eq!(value.to_string().parse::<T>().ok().as_ref(), Some(&value), "{text:?}");
            assert_eq!(serde_json::from_str::<T>(&json).ok().as_ref(), Some(&value), "{text:?}");
        }
        Err(refused) => {
            assert!(refused.to_string().starts_with("must "), "{refused}");
            assert!(serde_json::from_str::<T>(&json).is_err(), "{text:?}");
        }
    }
}
