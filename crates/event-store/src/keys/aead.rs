//! Authenticated encryption: XChaCha20-Poly1305 with a random nonce in front of the ciphertext.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

const NONCE_BYTES: usize = 24;

/// The ciphertext was not made with this key for this place.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("ciphertext is damaged or belongs elsewhere")]
pub struct Damaged;

/// Encrypts `plain`, bound to the place that `context` names.
pub(crate) fn seal(key: &[u8; 32], context: &[&[u8]], plain: &[u8]) -> Vec<u8> {
    // 192 random bits: two nonces are never equal.
    let nonce = rand::random::<[u8; NONCE_BYTES]>();
    let ciphertext = XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &join(context) })
        .expect("a message of any length that fits into memory can be encrypted");
    [nonce.as_slice(), &ciphertext].concat()
}

/// Decrypts what [`seal`] made with the same key for the same place.
pub(crate) fn open(key: &[u8; 32], context: &[&[u8]], sealed: &[u8]) -> Result<Vec<u8>, Damaged> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Damaged)?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &join(context) })
        .map_err(|_| Damaged)
}

/// The parts of a context, each with its length, so that no two contexts read the same.
fn join(context: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(context.iter().map(|part| part.len() + 8).sum());
    for part in context {
        joined.extend_from_slice(&(part.len() as u64).to_be_bytes());
        joined.extend_from_slice(part);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn what_was_sealed_opens_with_the_same_key_in_the_same_place_only() {
        let sealed = seal(&KEY, &[b"ab", b"c"], b"secret");
        assert_eq!(open(&KEY, &[b"ab", b"c"], &sealed), Ok(b"secret".to_vec()));
        assert_eq!(open(&KEY, &[b"a", b"bc"], &sealed), Err(Damaged));
        assert_eq!(open(&[8; 32], &[b"ab", b"c"], &sealed), Err(Damaged));
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let sealed = seal(&KEY, &[], b"secret");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&KEY, &[], &changed), Err(Damaged));
        }
        assert_eq!(open(&KEY, &[], b"short"), Err(Damaged));
    }

    #[test]
    fn the_same_value_never_looks_the_same_twice() {
        assert_ne!(seal(&KEY, &[], b"secret"), seal(&KEY, &[], b"secret"));
    }
}
