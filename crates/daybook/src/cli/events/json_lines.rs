//! CloudEvents, one a line.

use std::borrow::Cow;
use std::io::{self, Write};

use daybook_event_store::cloud_event::CloudEvent;

/// Writes an event and ends the line.
pub(super) fn write(event: &CloudEvent<'_>, out: &mut impl Write) -> io::Result<()> {
    let json = event.to_json()?;
    out.write_all(&on_one_line(&json))?;
    out.write_all(b"\n")
}

/// Line breaks that another writer of the log has left between the parts of its JSON become blanks. Within strings JSON has
/// none.
fn on_one_line(json: &[u8]) -> Cow<'_, [u8]> {
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    if !json.iter().any(is_break) {
        return Cow::Borrowed(json);
    }
    json.iter().map(|byte| if is_break(byte) { b' ' } else { *byte }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        assert_eq!(*on_one_line(b"{\n  \"a\": \"\\n\"\r\n}"), *b"{   \"a\": \"\\n\"  }");
        assert!(matches!(on_one_line(b"{}"), Cow::Borrowed(b"{}")));
    }
}
