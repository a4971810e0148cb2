//! Words that people type, parsed once at the edge: bounded, and without control characters, which would inject mail
//! headers and iCalendar properties.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text was refused; reads as the end of a sentence about a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextRefused {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Longer than allowed.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// A character below U+0020, U+007F to U+009F, or a line break where none is allowed.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// Not of the form the field asks for.
    #[error("must be {0}")]
    Form(&'static str),
}

pub(crate) fn bounded(text: &str, most: usize, lines: bool) -> Result<String, TextRefused> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(TextRefused::TooLong(most));
    }
    let allowed = |c: char| lines && matches!(c, '\n' | '\r' | '\t');
    // U+2028 and U+2029 end a line for some readers of mails and calendars.
    if text.chars().any(|c| (c.is_control() && !allowed(c)) || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(TextRefused::ControlCharacter);
    }
    Ok(text.to_owned())
}

fn line(text: &str, most: usize) -> Result<String, TextRefused> {
    match bounded(text, most, false)? {
        empty if empty.is_empty() => Err(TextRefused::Empty),
        line => Ok(line),
    }
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text, or the rule that it breaks.
            pub fn parse(text: &str) -> Result<Self, TextRefused> {
                let parse: fn(&str) -> Result<String, TextRefused> = $parse;
                parse(text).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextRefused;

            fn try_from(text: String) -> Result<Self, TextRefused> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

text!(
    /// A single line of 1 to 120 characters.
    Name,
    |text| line(text, 120)
);
text!(
    /// Up to 2,000 characters, line breaks allowed.
    Description,
    |text| bounded(text, 2_000, true)
);
text!(
    /// The last part of a booking URL: 1 to 64 lower-case letters, digits and inner hyphens.
    Slug,
    |text| {
        let form = TextRefused::Form("lower-case letters, digits and hyphens between them");
        let text = line(text, 64)?;
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if text.starts_with('-') || text.ends_with('-') || !text.chars().all(|c| word(c) || c == '-') {
            return Err(form);
        }
        Ok(text)
    }
);
text!(
    /// A single line of 1 to 250 characters.
    Label,
    |text| line(text, 250)
);
text!(
    /// What answers name a question by: 1 to 64 lower-case letters, digits, and hyphens or underscores between them.
    QuestionId,
    |text| {
        let text = line(text, 64)?;
        let joint = |c: char| matches!(c, '-' | '_');
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || joint(c);
        if text.starts_with(joint) || text.ends_with(joint) || !text.chars().all(known) {
            return Err(TextRefused::Form("lower-case letters, digits, and hyphens or underscores between them"));
        }
        Ok(text)
    }
);
text!(
    /// A colour as `#rrggbb`.
    Color,
    |text| match text.strip_prefix('#') {
        Some(digits) if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(text.to_ascii_lowercase()),
        _ => Err(TextRefused::Form("a colour as #rrggbb")),
    }
);
text!(
    /// An absolute `http` or `https` address of at most 2,000 characters.
    HttpUrl,
    |text| {
        let text = line(text, 2_000)?;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        match rest {
            Some(rest) if !rest.is_empty() && !rest.starts_with('/') && !text.contains(char::is_whitespace) => Ok(text),
            _ => Err(TextRefused::Form("an absolute http or https address")),
        }
    }
);

impl Slug {
    /// A slug made of a name: its letters and digits in lower case, everything else a hyphen.
    pub fn of(name: &str) -> Self {
        let mut slug = String::new();
        for c in name.to_lowercase().chars() {
            match c {
                c if c.is_ascii_alphanumeric() => slug.push(c),
                _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
                _ => {}
            }
            if slug.len() == 64 {
                break;
            }
        }
        let slug = slug.trim_end_matches('-');
        Self(if slug.is_empty() { "meeting".to_owned() } else { slug.to_owned() })
    }
}

text!(
    /// An e-mail address of at most 254 characters: a dot-atom, `@`, and a domain with a dot (RFC 5321 §4.1.2 without
    /// quoted local parts and address literals).
    EmailAddress,
    |text| {
        let form = TextRefused::Form("an e-mail address such as ada@example.org");
        let text = line(text, 254)?;
        let (local, domain) = text.rsplit_once('@').ok_or(form.clone())?;
        let atom = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let dots = |part: &str| part.starts_with('.') || part.ends_with('.') || part.contains("..");
        let label = |label: &str| {
            let hyphens = label.starts_with('-') || label.ends_with('-');
            (1..=63).contains(&label.len()) && !hyphens && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        if local.is_empty() || local.len() > 64 || dots(local) || !local.chars().all(atom) {
            return Err(form);
        }
        if !domain.contains('.') || !domain.split('.').all(label) {
            return Err(form);
        }
        Ok(text)
    }
);

impl EmailAddress {
    /// The address as it is compared: in lower case. Mail systems may tell cases apart in the local part; none in use does.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}
