//! The deployment's master keys.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The deployment's master keys, `<key id>:<base64 of 32 bytes>[,<older key id>:<base64>…]` (`DAYBOOK_MASTER_KEY`).
///
/// The first one is in use; the others still open what was made under them. No key is used itself: each purpose has a key
/// of its own derived from it.
#[derive(Clone)]
pub struct MasterKeys {
    current: MasterKey,
    older: Vec<MasterKey>,
}

#[derive(Clone)]
struct MasterKey {
    id: String,
    secret: Zeroizing<[u8; 32]>,
}

/// Why a text does not hold master keys. Never quotes it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMasterKeys {
    /// Not of the form `<key id>:<base64>`.
    #[error("master keys have the form <key id>:<base64 of 32 bytes>, separated by commas")]
    Form,
    /// A key id is empty, too long, or has characters other than ASCII letters, digits, `-` and `_`.
    #[error("a master key's id has 1 to 32 ASCII letters, digits, hyphens or underscores")]
    Id,
    /// Not 32 bytes in base64.
    #[error("a master key is 32 bytes in base64")]
    Secret,
    /// Two keys have one id.
    #[error("two master keys have the same id")]
    DuplicateId,
}

impl FromStr for MasterKeys {
    type Err = InvalidMasterKeys;

    fn from_str(text: &str) -> Result<Self, InvalidMasterKeys> {
        let mut keys: Vec<MasterKey> = Vec::new();
        for part in text.split(',') {
            let key: MasterKey = part.trim().parse()?;
            if keys.iter().any(|other| other.id == key.id) {
                return Err(InvalidMasterKeys::DuplicateId);
            }
            keys.push(key);
        }
        let current = keys.remove(0);
        Ok(Self { current, older: keys })
    }
}

impl FromStr for MasterKey {
    type Err = InvalidMasterKeys;

    fn from_str(text: &str) -> Result<Self, InvalidMasterKeys> {
        let (id, secret) = text.split_once(':').ok_or(InvalidMasterKeys::Form)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !(1..=32).contains(&id.len()) || !id.chars().all(allowed) {
            return Err(InvalidMasterKeys::Id);
        }
        let bytes = Zeroizing::new(STANDARD.decode(secret).map_err(|_| InvalidMasterKeys::Secret)?);
        let secret = bytes.as_slice().try_into().map_err(|_| InvalidMasterKeys::Secret)?;
        Ok(Self { id: id.to_owned(), secret: Zeroizing::new(secret) })
    }
}

impl MasterKeys {
    /// A new master key as the text that [`from_str`](Self::from_str) reads, under this id.
    pub fn generate(key_id: &str) -> Zeroizing<String> {
        let secret = Zeroizing::new(rand::random::<[u8; 32]>());
        Zeroizing::new(format!("{key_id}:{}", STANDARD.encode(*secret)))
    }

    /// The id of the key in use.
    pub fn current_id(&self) -> &str {
        &self.current.id
    }

    /// The ids of all keys, the one in use first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.all().map(|key| key.id.as_str())
    }

    /// The key for a purpose, derived from the master key in use.
    pub fn derive(&self, purpose: &str) -> DerivedKey {
        self.current.derive(purpose)
    }

    /// The key for a purpose, derived from the master key with this id, if that is still listed.
    pub fn derive_with(&self, key_id: &str, purpose: &str) -> Option<DerivedKey> {
        self.all().find(|key| key.id == key_id).map(|key| key.derive(purpose))
    }

    /// The keys for a purpose, one per master key, the one in use first: for finding what was made under an older one.
    pub fn derive_all(&self, purpose: &str) -> Vec<DerivedKey> {
        self.all().map(|key| key.derive(purpose)).collect()
    }

    fn all(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

impl MasterKey {
    fn derive(&self, purpose: &str) -> DerivedKey {
        let mut bytes = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(b"daybook"), &*self.secret)
            .expand(purpose.as_bytes(), &mut *bytes)
            .expect("32 bytes are within what HKDF-SHA256 gives");
        DerivedKey(bytes)
    }
}

/// A key for one purpose.
#[derive(Clone)]
pub struct DerivedKey(Zeroizing<[u8; 32]>);

impl DerivedKey {
    /// A key that was not derived from a master key, for the same uses.
    pub(super) fn of_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// The key itself.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA256 over the parts, each with its length, so that no two lists of parts read the same.
    pub fn hmac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&*self.0).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// As [`hmac`](Self::hmac), in lower-case hexadecimal digits.
    pub fn hmac_hex(&self, parts: &[&[u8]]) -> String {
        use fmt::Write;
        self.hmac(parts).iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKeys").field("ids", &self.ids().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const B: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    fn keys(text: &str) -> MasterKeys {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_master_key_is_in_use_and_the_others_are_still_known() {
        let rotated = keys(&format!("new:{B},old:{A}"));
        assert_eq!(rotated.current_id(), "new");
        let old = keys(&format!("old:{A}"));
        assert_eq!(rotated.derive_with("old", "x").unwrap().bytes(), old.derive("x").bytes());
        assert_ne!(rotated.derive("x").bytes(), old.derive("x").bytes());
        assert!(rotated.derive_with("gone", "x").is_none());
    }

    #[test]
    fn purposes_have_keys_of_their_own() {
        let keys = keys(&format!("k:{A}"));
        assert_ne!(keys.derive("a").bytes(), keys.derive("b").bytes());
    }

    #[test]
    fn moving_a_border_between_parts_changes_the_hash() {
        let key = keys(&format!("k:{A}")).derive("x");
        assert_ne!(key.hmac(&[b"ab", b"c"]), key.hmac(&[b"a", b"bc"]));
    }

    #[test]
    fn malformed_master_keys_are_refused_without_being_quoted() {
        use InvalidMasterKeys::{DuplicateId, Form, Id, Secret};
        for (text, why) in [
            (String::new(), Form),
            (A.to_owned(), Form),
            (format!(":{A}"), Id),
            (format!("a b:{A}"), Id),
            ("k:AAAA".to_owned(), Secret),
            ("k:not base64".to_owned(), Secret),
            (format!("k:{A},"), Form),
            (format!("k:{A},k:{B}"), DuplicateId),
        ] {
            assert_eq!(text.parse::<MasterKeys>().unwrap_err(), why, "{text}");
        }
    }

    #[test]
    fn keys_do_not_show_in_debug_output() {
        let keys = keys(&format!("k:{A}"));
        assert_eq!(format!("{keys:?} {:?}", keys.derive("x")), r#"MasterKeys { ids: ["k"], .. } DerivedKey(…)"#);
    }
}
