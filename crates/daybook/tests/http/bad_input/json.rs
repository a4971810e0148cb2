//! Bad JSON, whatever it is about.

use reqwest::Method;

use super::{Table, Victim};
use crate::support::http::Http;
use crate::support::people::booking;
use crate::support::times::{at, tuesday};

pub(super) fn add(table: &mut Table, http: &Http, victim: &Victim) {
    let good = booking(&victim.offer.id, &at(tuesday(), "10:00")).to_string();
    let send = |body: Vec<u8>| http.call(Method::POST, "/api/bookings").raw("application/json", body);
    let within = |replacement: &str| good.replacen("\"Ada Lovelace\"", replacement, 1);
    let inside = good.trim_end_matches('}');
    for (what, body, field) in [
        ("nothing", String::new(), "body"),
        ("half of it", good[..good.len() / 2].to_owned(), "body"),
        ("something after it", format!("{good}{{}}"), "body"),
        ("something after it", format!("{good} x"), "body"),
        ("not JSON", "meeting_type_id=1".to_owned(), "body"),
        ("a list", format!("[{good}]"), "body"),
        ("a text", "\"book\"".to_owned(), "body"),
        ("null", "null".to_owned(), "body"),
        ("a number", "7".to_owned(), "body"),
        ("a comment", format!("/* hello */{good}"), "body"),
        ("a comma too many", format!("{inside},}}"), "body"),
        ("single quotes", good.replace('"', "'"), "body"),
        ("NaN", within("NaN"), "body"),
        ("half a surrogate pair", within("\"\\ud800\""), "invitee_name"),
        ("a control character in a text", within("\"a\u{1}b\""), "body"),
        ("a number that is too large for any", within("1e999"), "invitee_name"),
        ("a number with ten thousand digits", within(&"9".repeat(10_000)), "invitee_name"),
        ("a name given twice", format!("{inside},\"invitee_name\":\"Eve\"}}"), "invitee_name"),
        (
            "a name given twice under another spelling",
            format!("{inside},\"invitee_n\\u0061me\":\"Eve\"}}"),
            "invitee_name",
        ),
        ("deep nesting", within(&format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000))), "invitee_name"),
        ("deep nesting in something unknown", format!("{inside},\"deep\":{}}}", "{\"a\":".repeat(5_000)), "deep"),
        ("deep nesting all around", "[".repeat(30_000), "body"),
    ] {
        table.call(format!("JSON: {what}"), send(body.into_bytes()), field);
    }
    let mut invalid_utf8 = good.clone().into_bytes();
    let name = good.find("Ada").unwrap();
    invalid_utf8[name] = 0xff;
    table.call("JSON: invalid UTF-8", send(invalid_utf8), "invitee_name");
    let overlong = [&good.as_bytes()[..name], &[0xc0, 0x80], &good.as_bytes()[name..]].concat();
    table.call("JSON: a NUL in two bytes", send(overlong), "invitee_name");
    let with_mark = [b"\xef\xbb\xbf", good.as_bytes()].concat();
    table.call("JSON: a byte order mark", send(with_mark), "body");
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    table.call("JSON: UTF-16", send(utf16), "body");
    let large = format!("{good}{}", " ".repeat(64 * 1024));
    table.refused("JSON: too much of it", send(large.into_bytes()), 413, "PAYLOAD_TOO_LARGE");
    let text = http.call(Method::POST, "/api/bookings").raw("text/plain", good.clone());
    table.refused("JSON: called something else", text, 415, "UNSUPPORTED_MEDIA_TYPE");
    for method in [Method::PATCH, Method::PUT, Method::DELETE] {
        let call = http.call(method.clone(), "/api/bookings").raw("application/json", good.clone());
        table.refused(format!("{method} of the list"), call, 405, "METHOD_NOT_ALLOWED");
    }
}
