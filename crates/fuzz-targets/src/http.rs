//! Requests to the whole of the API, over a real database.

use axum::http::{Method, Uri};

use crate::headers;
use crate::problem::judge;
use crate::routes::Answer;
use crate::world::World;

/// Requests of one input at most.
const MOST: usize = 4;

/// Requests as they are written on the wire, up to four with a line `---` between: `POST /api/bookings`, headers, an empty
/// line, a body. `{booking}`, `{key}` and the like stand for what there is (`world.rs`).
///
/// Nothing that is asked is a fault of ours; what is refused is refused as the contract says; a calendar file has no line
/// that somebody else wrote.
pub fn http(input: &[u8]) {
    let world = World::get();
    for request in requests(input).take(MOST) {
        let filled = world.fill(request);
        let Some((method, answer)) = sent(world, &filled) else { continue };
        judge(&answer);
        if answer.headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/calendar")) {
            is_a_calendar_file(&String::from_utf8(answer.body).expect("a calendar file is text"));
        }
        if answer.status.is_success() && !method.is_safe() {
            world.mend();
        }
    }
}

fn requests(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    const BETWEEN: &[u8] = b"\n---\n";
    let mut rest = Some(input);
    std::iter::from_fn(move || {
        let all = rest?;
        let end = all.windows(BETWEEN.len()).position(|window| window == BETWEEN);
        rest = end.map(|end| &all[end + BETWEEN.len()..]);
        Some(&all[..end.unwrap_or(all.len())])
    })
}

/// The answer to a request, unless it is none.
fn sent(world: &World, request: &[u8]) -> Option<(Method, Answer)> {
    let head = request.windows(2).position(|window| window == b"\n\n");
    let (head, body) = head.map_or((request, &[][..]), |end| (&request[..end], &request[end + 2..]));
    let line = head.iter().position(|byte| *byte == b'\n');
    let (line, rest) = line.map_or((head, &[][..]), |end| (&head[..end], &head[end + 1..]));
    let space = line.iter().position(|byte| *byte == b' ')?;
    let method = Method::from_bytes(&line[..space]).ok()?;
    let target = Uri::try_from(&line[space + 1..]).ok()?;
    let headers = headers::read(rest)?;
    let answer = world.send(method.clone(), target, headers, body.to_vec());
    Some((method, answer))
}

/// Each line is a property or goes on with the one before; nothing of what people wrote begins a line of its own.
fn is_a_calendar_file(text: &str) {
    for line in text.split_terminator("\r\n") {
        let name = line.split([':', ';']).next().unwrap_or_default();
        let is_property = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
        assert!((is_property || line.starts_with(' ')) && !line.contains(['\r', '\n']), "{line:?} in {text}");
    }
    for part in ["BEGIN:VEVENT", "UID:", "DTSTART:"] {
        assert_eq!(text.matches(&format!("\r\n{part}")).count(), 1, "{text}");
    }
}
