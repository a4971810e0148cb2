//! The tokens with which guests act on their bookings: nothing is stored, everything is in the key (A2).

use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use daybook_domain::ids::BookingId;
use daybook_event_store::{DerivedKey, MasterKeys};
use subtle::ConstantTimeEq;

use crate::problem::Answer;
use crate::problem::Problem;
use crate::state::Api;

/// Bytes of the HMAC that are sent: 192 bits.
const MAC_BYTES: usize = 24;
/// Raised to make all tokens given out so far worthless, without a new key.
const GENERATION: u32 = 1;

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Seeing the booking, as calendar programs do that were given its link.
    Read,
    /// Seeing, moving and cancelling it.
    Manage,
}

impl Right {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Read => b"read",
            Self::Manage => b"manage",
        }
    }
}

/// Makes and checks tokens: `<key id>.<base64url of HMAC-SHA256(right, key id, booking, generation)>`.
#[derive(Clone)]
pub struct ManageTokens {
    /// The keys by their ids; the first one makes new tokens, all are accepted.
    keys: Vec<(String, DerivedKey)>,
}

impl fmt::Debug for ManageTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ManageTokens(…)")
    }
}

impl ManageTokens {
    /// Tokens under the deployment's keys.
    pub fn new(master_keys: &MasterKeys) -> Self {
        let ids = master_keys.ids().map(str::to_owned);
        Self { keys: ids.zip(master_keys.derive_all("manage-token")).collect() }
    }

    /// The token for a booking.
    pub fn issue(&self, booking: BookingId, right: Right) -> String {
        self.keys
            .first()
            .map(|(id, key)| format!("{id}.{}", URL_SAFE_NO_PAD.encode(mac(id, key, booking, right))))
            .unwrap_or_default()
    }

    /// Whether the token allows this on the booking. A token to manage also allows to read.
    pub fn allows(&self, token: &str, booking: BookingId, right: Right) -> bool {
        let Some((id, sent)) = token.rsplit_once('.') else { return false };
        let Ok(sent) = URL_SAFE_NO_PAD.decode(sent) else { return false };
        let Some((_, key)) = self.keys.iter().find(|(known, _)| known == id) else { return false };
        let granting: &[Right] = match right {
            Right::Read => &[Right::Read, Right::Manage],
            Right::Manage => &[Right::Manage],
        };
        granting.iter().any(|right| mac(id, key, booking, *right).ct_eq(&sent).into())
    }
}

fn mac(key_id: &str, key: &DerivedKey, booking: BookingId, right: Right) -> [u8; MAC_BYTES] {
    let full = key.hmac(&[right.label(), key_id.as_bytes(), booking.0.as_bytes(), &GENERATION.to_be_bytes()]);
    let mut sent = [0; MAC_BYTES];
    sent.copy_from_slice(&full[..MAC_BYTES]);
    sent
}

/// The token that a request carries: in `X-Booking-Token`, or as `?token=`.
#[derive(Clone)]
pub struct BookingToken(Option<String>);

impl BookingToken {
    /// Whether the request carries a token at all.
    pub const fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the request carries a token that allows this on the booking.
    pub fn allows(&self, api: &Api, booking: BookingId, right: Right) -> bool {
        self.0.as_ref().is_some_and(|token| api.manage_tokens.allows(token, booking, right))
    }
}

impl FromRequestParts<Api> for BookingToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Answer<Self> {
        if let Some(header) = parts.headers.get("x-booking-token") {
            return Ok(Self(header.to_str().ok().map(str::to_owned)));
        }
        let mut pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        Ok(Self(pairs.find(|(name, _)| name == "token").map(|(_, value)| value.into_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use uuid::Uuid;

    const BOOKING: BookingId = BookingId(Uuid::from_u128(7));
    const OTHER: BookingId = BookingId(Uuid::from_u128(8));

    fn tokens(ids: &[&str]) -> ManageTokens {
        let secret = |id: &&str| format!("{id}:{}", STANDARD.encode([u8::try_from(id.len()).unwrap(); 32]));
        let keys: MasterKeys = ids.iter().map(secret).collect::<Vec<_>>().join(",").parse().unwrap();
        ManageTokens::new(&keys)
    }

    #[test]
    fn a_token_is_good_for_its_own_booking_and_right() {
        let tokens = tokens(&["k1"]);
        let manage = tokens.issue(BOOKING, Right::Manage);
        let read = tokens.issue(BOOKING, Right::Read);
        assert!(tokens.allows(&manage, BOOKING, Right::Manage));
        assert!(tokens.allows(&manage, BOOKING, Right::Read));
        assert!(tokens.allows(&read, BOOKING, Right::Read));
        assert!(!tokens.allows(&read, BOOKING, Right::Manage));
        assert!(!tokens.allows(&manage, OTHER, Right::Read));
    }

    #[test]
    fn tokens_of_an_older_key_stay_good_until_the_key_goes() {
        let old = tokens(&["k1"]).issue(BOOKING, Right::Manage);
        assert!(tokens(&["key2", "k1"]).allows(&old, BOOKING, Right::Manage));
        assert!(!tokens(&["key2"]).allows(&old, BOOKING, Right::Manage));
    }

    #[test]
    fn garbage_is_no_token() {
        let tokens = tokens(&["k1"]);
        let good = tokens.issue(BOOKING, Right::Manage);
        let shorter = &good[..good.len() - 1];
        for token in ["", ".", "k1.", "k1.AAAA", "k1", "k2.AAAA", "ä.ö", shorter, &good.replace("k1", "k9")] {
            assert!(!tokens.allows(token, BOOKING, Right::Read), "{token}");
        }
    }
}
