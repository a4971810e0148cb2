//! Random secrets: handed out once, recognised by their hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// 256 random bits. A plain SHA-256 is enough to store them by: unlike a password they cannot be guessed, so there is
/// nothing for a slow hash to slow down.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Secret([u8; 32]);

/// What is stored of a secret.
pub(crate) type SecretHash = [u8; 32];

/// Characters of a secret in base64url.
pub(crate) const SECRET_CHARACTERS: usize = 43;

impl Secret {
    /// A new secret from the operating system's generator, by way of a stream cipher.
    pub(crate) fn random() -> Self {
        Self(rand::random())
    }

    /// The secret that was printed as this text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut secret = Self([0; 32]);
        // A buffer of the exact size: a shorter or longer text is no secret, and no copy is left behind.
        let length = (text.len() == SECRET_CHARACTERS)
            .then(|| URL_SAFE_NO_PAD.decode_slice(text, &mut secret.0).ok())
            .flatten()?;
        (length == secret.0.len()).then_some(secret)
    }

    /// The text that `parse` reads.
    pub(crate) fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0))
    }

    pub(crate) fn hash(&self) -> SecretHash {
        Sha256::digest(self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_secrets_are_never_the_same() {
        assert_ne!(Secret::random().0, Secret::random().0);
    }

    proptest! {
        #[test]
        fn a_secret_is_read_as_it_is_printed(bytes in any::<[u8; 32]>()) {
            let secret = Secret(bytes);
            let text = secret.expose();
            prop_assert_eq!(text.len(), SECRET_CHARACTERS);
            prop_assert_eq!(Secret::parse(&text).unwrap().0, bytes);
            prop_assert_eq!(secret.hash(), Secret::parse(&text).unwrap().hash());
        }

        #[test]
        fn no_two_texts_are_the_same_secret(bytes in any::<[u8; 32]>(), at in 0_usize..43, other in "[A-Za-z0-9_-]") {
            let text = Secret(bytes).expose();
            let mut changed = text.to_string();
            changed.replace_range(at..=at, &other);
            if changed != *text && let Some(secret) = Secret::parse(&changed) {
                prop_assert_ne!(secret.0, bytes);
            }
        }

        #[test]
        fn any_other_text_is_no_secret(text in "\\PC{0,60}") {
            if let Some(secret) = Secret::parse(&text) {
                let printed = secret.expose();
                prop_assert_eq!(printed.as_str(), text);
            }
        }
    }
}
