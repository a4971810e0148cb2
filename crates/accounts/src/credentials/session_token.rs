//! The value of the session cookie.

use std::fmt;

use zeroize::Zeroizing;

use super::secret::{Secret, SecretHash};

/// The secret that a browser holds for as long as its owner is logged in. Never printed but by `expose`.
#[derive(Clone)]
pub struct SessionToken(Secret);

impl SessionToken {
    pub(crate) fn random() -> Self {
        Self(Secret::random())
    }

    /// The token in this cookie value; none if the value cannot be one.
    pub fn parse(cookie: &str) -> Option<Self> {
        Secret::parse(cookie).map(Self)
    }

    /// The cookie's value: 43 characters of base64url, wiped when dropped.
    pub fn expose(&self) -> Zeroizing<String> {
        self.0.expose()
    }

    pub(crate) fn hash(&self) -> SecretHash {
        self.0.hash()
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_does_not_reach_a_debug_print() {
        let token = SessionToken::random();
        assert_eq!(format!("{token:?}"), "SessionToken(…)");
        assert_eq!(SessionToken::parse(&token.expose()).unwrap().hash(), token.hash());
    }

    #[test]
    fn anything_else_in_the_cookie_is_no_token() {
        for cookie in ["", "x", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43), &"ä".repeat(43)] {
            assert!(SessionToken::parse(cookie).is_none(), "{cookie}");
        }
    }
}
