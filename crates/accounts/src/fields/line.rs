//! One line of text: bounded, trimmed, and without characters that would break out of a mail header, a calendar file or
//! the page it is shown on.

use super::Rule;

/// The trimmed line of at most `most` characters.
pub(super) fn line(text: &str, most: usize) -> Result<&str, Rule> {
    let line = text.trim();
    // A line break at the end is as suspicious as one inside, so the text is checked as it came.
    if text.contains(is_control) {
        return Err(Rule::ControlCharacter);
    }
    if line.is_empty() {
        return Err(Rule::Empty);
    }
    if line.chars().count() > most {
        return Err(Rule::TooLong(most));
    }
    Ok(line)
}

/// Whether the character steers the text instead of being shown: C0 and C1 controls, line and paragraph separators, the
/// byte order mark, and overrides of the direction, by which one name passes for another.
pub(super) fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}
