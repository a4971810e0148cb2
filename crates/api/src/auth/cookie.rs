//! The session cookie.

use axum::http::{HeaderMap, HeaderValue, header};
use daybook_accounts::{SESSION_LIFETIME, SessionToken};

const NAME: &str = "daybook_session";

/// The session that the request carries, if its cookie can be one.
pub fn session(headers: &HeaderMap) -> Option<SessionToken> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).and_then(|(_, value)| SessionToken::parse(value))
}

/// The header that hands the session to a browser: unreadable for scripts, not sent along from other sites' forms.
pub fn set(session: &SessionToken, secure: bool) -> Option<HeaderValue> {
    attributes(&session.expose(), SESSION_LIFETIME.num_seconds(), secure)
}

/// The header that takes it away.
pub fn clear(secure: bool) -> Option<HeaderValue> {
    attributes("", 0, secure)
}

fn attributes(value: &str, max_age: i64, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let line = format!("{NAME}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
    let mut header = HeaderValue::try_from(line).ok()?;
    header.set_sensitive(true);
    Some(header)
}
